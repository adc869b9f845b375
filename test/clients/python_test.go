package clients

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// python is Debian's: its client is the one of the distribution.
const python = "/usr/bin/python3"

// The tests of the Python client are in Python: testdata/client.py.
func TestPython(t *testing.T) {
	t.Parallel()
	installPythonClient(t)
	script, err := filepath.Abs(filepath.Join("testdata", "client.py"))
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	u := p.shell(t)
	u.Environment = append(u.Environment, "NAMESPACE="+p.namespace)
	if r := u.Run(t, "", python, script, "--verbose"); r.Code != 0 {
		t.Errorf("%s%s", r.Out, r.Err)
	}
}

// installPythonClient installs the client where it is missing.
func installPythonClient(t *testing.T) {
	t.Helper()
	if exec.Command(python, "-c", "import kubernetes").Run() == nil {
		return
	}
	for _, args := range [][]string{{"update", "-q"}, {"install", "-y", "-q", "--no-install-recommends", "python3-kubernetes"}} {
		cmd := exec.Command("apt-get", args...)
		cmd.Env = append(cmd.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("install Debian's package python3-kubernetes, which this test needs: %v\n%s", err, text)
		}
	}
}
