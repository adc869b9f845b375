package completion_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eoepca/workspaces/pkg/kubectl/completion"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// installer is a plugin in a home of its own, with a folder for the helper that is on its path.
func installer(t *testing.T, shell string) (p *kubectltest.Plugin, home, dir string) {
	p, home = kubectltest.New(t), t.TempDir()
	dir = filepath.Join(home, "bin")
	p.Env = map[string]string{"HOME": home, "SHELL": shell, "PATH": "/usr/bin:" + dir}
	return p, home, dir
}

func TestInstallPutsEverythingInItsPlaceOnce(t *testing.T) {
	for shell, script := range map[string]string{
		"/bin/bash":     ".local/share/bash-completion/completions/kubectl-workspace",
		"/usr/bin/fish": ".config/fish/completions/kubectl-workspace.fish",
		"-zsh":          ".local/share/zsh/site-functions/_kubectl-workspace",
		"/opt/pwsh":     ".config/powershell/kubectl-workspace.ps1",
	} {
		t.Run(filepath.Base(shell), func(t *testing.T) {
			p, home, dir := installer(t, shell)
			files := []string{filepath.Join(dir, completion.Helper), filepath.Join(home, script)}
			for _, step := range []struct{ args, what string }{
				{"--dry-run", " created (dry run)\n"}, {"", " created\n"}, {"", " unchanged\n"}, {"--dry-run", " unchanged\n"},
			} {
				r := p.Run(append([]string{"completion", "install", "--dir", dir}, strings.Fields(step.args)...)...)
				if want := files[0] + step.what + files[1] + step.what; r.Code != 0 || r.Out != want || strings.Contains(r.Err, "warning") {
					t.Fatalf("%s: exit code %d, %q, want %q; stderr %q", step.args, r.Code, r.Out, want, r.Err)
				}
				if _, err := os.Lstat(files[0]); step.what == " created (dry run)\n" && err == nil {
					t.Errorf("a dry run has made %s", files[0])
				}
			}
			executable, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			if leads, err := os.Readlink(files[0]); leads != executable {
				t.Errorf("the helper leads to %q, %v", leads, err)
			}
			if text, err := os.ReadFile(files[1]); err != nil || !strings.Contains(string(text), "kubectl-workspace") {
				t.Errorf("the script: %v", err)
			}
		})
	}
}

func TestInstallTouchesNothingOfOthers(t *testing.T) {
	p, _, dir := installer(t, "/bin/bash")
	helper := filepath.Join(dir, completion.Helper)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(helper, []byte("somebody else's"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := p.Run("completion", "install", "--dir", dir)
	if r.Code != util.ExitConflict || !strings.Contains(r.Err, helper+" is there already and is not ours") {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Err)
	}
	if text, _ := os.ReadFile(helper); string(text) != "somebody else's" {
		t.Errorf("it was overwritten with %q", text)
	}
}

func TestInstallRenewsItsScriptAndNoOther(t *testing.T) {
	for _, test := range []struct {
		shell, script, present string
		code                   int
	}{
		{"/bin/bash", ".local/share/bash-completion/completions/kubectl-workspace", "# my own\ncomplete -W get kubectl-workspace\n", util.ExitConflict},
		{"/bin/zsh", ".local/share/zsh/site-functions/_kubectl-workspace", "#compdef kubectl-workspace\n_files\n", util.ExitConflict},
		{"/bin/fish", ".config/fish/completions/kubectl-workspace.fish", "", util.ExitConflict},
		{"/bin/bash", ".local/share/bash-completion/completions/kubectl-workspace",
			"# bash completion V2 for kubectl-workspace                    -*- shell-script -*-\nold\n", 0},
	} {
		p, home, dir := installer(t, test.shell)
		script := filepath.Join(home, test.script)
		if err := os.MkdirAll(filepath.Dir(script), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(script, []byte(test.present), 0o644); err != nil {
			t.Fatal(err)
		}
		for range 2 { // a helper that was left half made holds nobody up
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			_ = os.Remove(filepath.Join(dir, completion.Helper))
			if err := os.WriteFile(filepath.Join(dir, completion.Helper+".next"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			r := p.Run("completion", "install", "--dir", dir)
			text, err := os.ReadFile(script)
			if err != nil || r.Code != test.code || (string(text) == test.present) != (test.code != 0) || test.code != 0 && !strings.Contains(r.Err, script+" is there already and is not ours") {
				t.Errorf("%s %q: exit code %d, stderr %q; it holds %.60q, %v", test.shell, test.present, r.Code, r.Err, text, err)
			}
		}
	}
}

func TestInstallFollowsAPluginThatHasMoved(t *testing.T) {
	p, _, dir := installer(t, "/bin/bash")
	helper := filepath.Join(dir, completion.Helper)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/gone/kubectl-workspace", helper); err != nil {
		t.Fatal(err)
	}
	if r := p.Run("completion", "install", "--dir", dir); r.Code != 0 || !strings.HasPrefix(r.Out, helper+" changed\n") {
		t.Errorf("exit code %d, %q, stderr %q", r.Code, r.Out, r.Err)
	}
}

func TestInstallSaysWhatItCannotKnow(t *testing.T) {
	p, home, _ := installer(t, "/bin/tcsh")
	if r := p.Run("completion", "install"); r.Code != util.ExitUsage || !strings.Contains(r.Err, "which shell? give --shell, one of bash, zsh, fish, powershell") {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Err)
	}
	aside := filepath.Join(home, "aside")
	if r := p.Run("completion", "install", "--shell=bash", "--dir", aside); r.Code != 0 || !strings.Contains(r.Err, "warning: "+aside+" is not on the $PATH") {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Err)
	}
}

func TestScripts(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "complete -o default -F __start_kubectl-workspace kubectl-workspace", "zsh": "#compdef kubectl-workspace",
		"fish": "complete -c kubectl-workspace", "powershell": "Register-ArgumentCompleter -CommandName 'kubectl-workspace'",
	} {
		if r := kubectltest.New(t).Run("completion", shell); r.Code != 0 || r.Err != "" || !strings.Contains(r.Out, want) {
			t.Errorf("%s: exit code %d, stderr %q; the script lacks %q", shell, r.Code, r.Err, want)
		}
	}
}
