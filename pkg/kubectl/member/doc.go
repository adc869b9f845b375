// Package member is the "member" noun of the plugin: who works in a workspace, in which role, and who owns it.
package member
