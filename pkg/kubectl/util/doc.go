// Package util holds what every noun of the plugin shares: how a command reaches the server, which workspace it means,
// how it follows a workspace until something has come true, how progress and errors look, and the exit codes.
// It knows no noun: commands live in the packages beside it.
package util
