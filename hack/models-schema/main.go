// Command models-schema prints the OpenAPI definitions of the served types as JSON: what applyconfiguration-gen needs
// to write apply configurations that can read back the fields a manager owns.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	openapibuilder "k8s.io/kube-openapi/pkg/builder"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/generated/openapi"
)

const (
	modelPackage = "org.eoepca.v1alpha1."
	goPackage    = "com.github.eoepca.workspaces.pkg.apis.eoepca.v1alpha1."
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "models-schema:", err)
		os.Exit(1)
	}
}

func run() error {
	namer := openapinamer.NewDefinitionNamer(install.Scheme)
	config := &common.Config{
		Info:              &spec.Info{InfoProps: spec.InfoProps{Title: "eoepca.org", Version: "v1alpha1"}},
		GetDefinitions:    openapi.GetOpenAPIDefinitions,
		GetDefinitionName: namer.GetDefinitionName,
	}
	var names []string
	for name := range openapi.GetOpenAPIDefinitions(func(string) spec.Ref { return spec.Ref{} }) {
		names = append(names, name)
	}
	swagger, err := openapibuilder.BuildOpenAPIDefinitionsForResources(config, names...)
	if err != nil {
		return fmt.Errorf("build the definitions: %w", err)
	}
	body, err := json.Marshal(swagger)
	if err != nil {
		return err
	}
	// The generator looks models up by their Go names, whatever they are called in the served OpenAPI.
	_, err = os.Stdout.Write(bytes.ReplaceAll(body, []byte(modelPackage), []byte(goPackage)))
	return err
}
