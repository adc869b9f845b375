package util

import "strings"

// Program is the plugin's name in help texts, examples and hints as they are written.
const Program = "kubectl workspace"

// ExitCodes is the table of exit codes that each help text ends with.
const ExitCodes = `Exit codes: 0 ok, 1 error, 2 usage, 3 not ready, 4 forbidden, 5 not found, 6 conflict or limit,
124 timeout, 130 interrupt.`

// Long is the long help of a command: its paragraphs and the table of exit codes.
func Long(paragraphs ...string) string {
	return strings.Join(append(paragraphs, ExitCodes), "\n\n")
}
