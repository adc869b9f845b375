// Package access is the "access" noun of the plugin: which buckets of others a workspace may find, asks for and has been
// granted, and what it makes of the requests of others for its own.
package access
