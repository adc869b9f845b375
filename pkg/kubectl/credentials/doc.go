// Package credentials holds the commands that hand out the keys of a workspace. Nothing here logs or stores them.
package credentials
