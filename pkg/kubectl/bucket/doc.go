// Package bucket is the "bucket" noun of the plugin: the buckets of a workspace, and the rules by which their objects age.
package bucket
