package util

import (
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// selectionExtension is the extension of a kubeconfig's context that remembers the selected workspace.
const selectionExtension = "eoepca.org/workspace"

// Selection is a workspace that commands mean when none is named.
type Selection struct {
	Workspace string `json:"workspace,omitempty"`
	// Namespace of the workspace; it counts as long as --namespace is not given.
	Namespace string `json:"namespace,omitempty"`
}

// selections is the content of the extension.
type selections struct {
	Selection `json:",inline"`
	// Previous is what "use -" goes back to.
	Previous *Selection `json:"previous,omitempty"`
}

// Selected is the selection in the context that the flags mean, and the one before it. Both are empty where there is none.
func (f *Factory) Selected() (selected, previous Selection, err error) {
	config, err := f.Config.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return selected, previous, err
	}
	context, ok := config.Contexts[f.contextName(config)]
	if !ok {
		return selected, previous, nil
	}
	found, err := decodeSelections(context.Extensions[selectionExtension])
	if err != nil {
		return selected, previous, fmt.Errorf("extension %q of the context %q: %w", selectionExtension, f.contextName(config), err)
	}
	if found.Previous != nil {
		previous = *found.Previous
	}
	return found.Selection, previous, nil
}

// Select writes the selection into the context that the flags mean; an empty one removes it. The context is answered.
func (f *Factory) Select(selection Selection) (context string, err error) {
	access := f.Config.ToRawKubeConfigLoader().ConfigAccess()
	config, err := access.GetStartingConfig()
	if err != nil {
		return "", err
	}
	name := f.contextName(*config)
	entry, ok := config.Contexts[name]
	if !ok {
		err := Errorf(ExitError, "there is no context %q of a kubeconfig to keep the selection in", name)
		err.Hint = "name the workspace in $" + WorkspaceEnv + " instead"
		return "", err
	}
	last, _ := decodeSelections(entry.Extensions[selectionExtension]) // what cannot be read is replaced
	if last.Selection == selection {
		return name, nil
	}
	next := selections{Selection: selection}
	if last.Workspace != "" {
		next.Previous = &last.Selection
	} else {
		next.Previous = last.Previous
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return "", err
	}
	entry.Extensions = maps.Clone(entry.Extensions)
	if entry.Extensions == nil {
		entry.Extensions = map[string]runtime.Object{}
	}
	entry.Extensions[selectionExtension] = &runtime.Unknown{Raw: raw, ContentType: runtime.ContentTypeJSON}
	return name, clientcmd.ModifyConfig(access, *config, true)
}

func (f *Factory) contextName(config clientcmdapi.Config) string {
	if name := f.Config.Context; name != nil && *name != "" {
		return *name
	}
	return config.CurrentContext
}

func decodeSelections(extension runtime.Object) (selections, error) {
	var found selections
	unknown, ok := extension.(*runtime.Unknown)
	if !ok {
		return found, nil
	}
	return found, json.Unmarshal(unknown.Raw, &found)
}
