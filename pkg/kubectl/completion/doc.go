// Package completion is the "completion" noun of the plugin: the scripts that have a shell complete its command lines, and
// their installation, together with the helper that kubectl asks for "kubectl workspace …". What completes to what is each
// command's own to say.
package completion
