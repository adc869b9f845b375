// Command kubectl-workspace is the kubectl plugin for workspaces: kubectl finds it as "kubectl workspace".
package main

import (
	"os"

	// Sign-in plugins of kubeconfigs that are older than exec credentials.
	_ "k8s.io/client-go/plugin/pkg/client/auth"

	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
)

func main() {
	os.Exit(cmd.Main())
}
