package credentials

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// format is a way to write credentials down.
type format struct {
	help string
	// s3 says that it holds S3 keys and nothing else.
	s3 bool
	// write makes the text, for a workspace and its variables. What cannot be written is left out or an error.
	write func(workspace string, env map[string]string) (text string, left []leftOut, err error)
}

// leftOut is a variable that a format cannot hold.
type leftOut struct{ name, why string }

// formats are those of --format.
var formats = map[string]format{
	"env":         {help: "POSIX shells, by eval", write: lines(posixLine)},
	"dotenv":      {help: "a .env file, as POSIX shells, Docker Compose and the dotenv libraries agree to read it", write: lines(dotenvLine)},
	"fish":        {help: "fish, by source", write: lines(fishLine)},
	"powershell":  {help: "PowerShell, by Invoke-Expression", write: lines(powershellLine)},
	"windows-cmd": {help: "a batch file for cmd.exe, by call", write: lines(cmdLine)},
	"json":        {help: "one JSON object of all variables", write: writeJSON},
	"process":     {help: "the credential_process of AWS clients", s3: true, write: s3Format(writeProcess)},
	"aws-profile": {help: "a section of ~/.aws/credentials", s3: true, write: s3Format(writeAWSProfile)},
	"rclone":      {help: "a remote of rclone.conf", s3: true, write: s3Format(writeRclone)},
	"mc":          {help: "what \"mc alias import\" reads", s3: true, write: s3Format(writeMC)},
	"s3cmd":       {help: "a file for s3cmd --config", s3: true, write: s3Format(writeS3cmd)},
}

// formatNames are in the order of the help.
func formatNames() []string {
	return []string{"env", "dotenv", "fish", "powershell", "windows-cmd", "json", "process", "aws-profile", "rclone", "mc", "s3cmd"}
}

func formatsHelp() string {
	help := []string{"Formats:"}
	for _, name := range formatNames() {
		help = append(help, fmt.Sprintf("  %-12s %s", name, formats[name].help))
	}
	return strings.Join(help, "\n") + "\n-o prints the answer of the server instead, as kubectl does."
}

// variable is what a POSIX shell takes as a name. Anything else would be run by the shell that evaluates the output.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// lines is a format with one line for each variable, in the order of their names. A line that is refused is left out: a value that
// comes out as another one is worse than none.
func lines(line func(name, value string) (text string, ok bool)) func(string, map[string]string) (string, []leftOut, error) {
	return func(_ string, env map[string]string) (string, []leftOut, error) {
		var out strings.Builder
		var left []leftOut
		for _, name := range slices.Sorted(maps.Keys(env)) {
			if !variable.MatchString(name) {
				left = append(left, leftOut{name, "no shell takes it as the name of a variable"})
				continue
			}
			text, ok := line(name, env[name])
			if !ok || strings.Contains(env[name], "\x00") {
				left = append(left, leftOut{name, "this format cannot hold its value as it is; json can"})
				continue
			}
			out.WriteString(text + "\n")
		}
		return out.String(), left, nil
	}
}
