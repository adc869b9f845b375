// Package compose is the join itself, as functions from values to values: parts to Workspace (Workspace), Workspace to
// changes of parts (Split, Edits), a change of both parts as one (Intent), and the parts' errors in the Workspace's words
// (TranslateError). One table, Table, says which field is which.
//
// No client, no HTTP and no clock may be imported here: two servers that are given the same parts compose the same bytes.
package compose
