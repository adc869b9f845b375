// Command apiserver serves workspaces.eoepca.org as an aggregated Kubernetes API.
package main

import (
	"os"

	genericapiserver "k8s.io/apiserver/pkg/server"

	"github.com/eoepca/workspaces/pkg/apiserver"
)

func main() {
	ctx := genericapiserver.SetupSignalContext()
	code := apiserver.Execute(ctx)
	os.Exit(code)
}
