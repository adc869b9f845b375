package util

import (
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
)

// OpenInBrowser opens a web page in the user's browser. What is no address of a web page is refused: programs that open
// addresses would run what others name.
func OpenInBrowser(address string) error {
	page, err := url.Parse(address)
	if err != nil || page.Scheme != "http" && page.Scheme != "https" || page.Host == "" {
		return fmt.Errorf("%q is no address of a web page", address)
	}
	opener := opener(runtime.GOOS)
	return exec.Command(opener[0], append(opener[1:], page.String())...).Run()
}

// opener is the program by which an operating system opens what it is given.
func opener(system string) []string {
	switch system {
	case "darwin":
		return []string{"open"}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	return []string{"xdg-open"}
}
