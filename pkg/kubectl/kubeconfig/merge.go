package kubeconfig

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// extension marks a context that was merged from a workspace.
const extension = "eoepca.org/kubeconfig"

// mergeInto adds the kubeconfig's current context to the user's file, with its cluster and user, all under one name.
func (o *options) mergeInto(namespace, text string) error {
	parsed, err := parse(text)
	if err != nil {
		return err
	}
	cluster, user, entry, err := pick(parsed)
	if err != nil {
		return fmt.Errorf("the kubeconfig of workspace %q cannot be merged: %w", o.workspace.Name, err)
	}
	mark, err := json.Marshal(map[string]string{"namespace": namespace, "workspace": o.workspace.Name})
	if err != nil {
		return err
	}
	entry.Cluster, entry.AuthInfo = o.context, o.context
	entry.Extensions = map[string]runtime.Object{extension: &runtime.Unknown{Raw: mark, ContentType: runtime.ContentTypeJSON}}

	access := o.Config.ToRawKubeConfigLoader().ConfigAccess()
	config, err := access.GetStartingConfig()
	if err != nil {
		return err
	}
	state, err := o.compare(config, cluster, user, entry, mark)
	if err != nil {
		return err
	}
	if state != "unchanged" {
		config.Clusters[o.context], config.AuthInfos[o.context], config.Contexts[o.context] = cluster, user, entry
		if err := clientcmd.ModifyConfig(access, *config, false); err != nil {
			return err
		}
	}
	fmt.Fprintf(o.Out, "context %q %s\n", o.context, state)
	o.Progressf("use it with: kubectl --context %s get namespaces", o.context)
	return nil
}

// compare says what is to happen to the entries of our name, and refuses to touch those that are another's.
func (o *options) compare(config *clientcmdapi.Config, cluster *clientcmdapi.Cluster, user *clientcmdapi.AuthInfo, entry *clientcmdapi.Context, mark []byte) (string, error) {
	there, theirCluster, theirUser := config.Contexts[o.context], config.Clusters[o.context], config.AuthInfos[o.context]
	if there == nil && theirCluster == nil && theirUser == nil {
		return "created", nil
	}
	if !o.force && !isOurs(there, mark) {
		err := util.Errorf(util.ExitConflict, "the kubeconfig has a context, cluster or user %q already that is not of workspace %q", o.context, o.workspace.Name)
		err.Hint = "--context-name NAME takes another name, --force overwrites"
		return "", err
	}
	// Where an entry came from is no part of what it says.
	if there != nil && theirCluster != nil && theirUser != nil {
		entry.LocationOfOrigin, cluster.LocationOfOrigin, user.LocationOfOrigin = there.LocationOfOrigin, theirCluster.LocationOfOrigin, theirUser.LocationOfOrigin
		same := isOurs(there, mark) && there.Namespace == entry.Namespace && equality.Semantic.DeepEqual(theirCluster, cluster) && equality.Semantic.DeepEqual(theirUser, user)
		if same {
			return "unchanged", nil
		}
	}
	return "changed", nil
}

func isOurs(context *clientcmdapi.Context, mark []byte) bool {
	if context == nil {
		return false
	}
	unknown, ok := context.Extensions[extension].(*runtime.Unknown)
	if !ok {
		return false
	}
	var theirs, ours map[string]string
	return json.Unmarshal(unknown.Raw, &theirs) == nil && json.Unmarshal(mark, &ours) == nil && maps.Equal(theirs, ours)
}

// pick is the kubeconfig's current context, or its only one, with what belongs to it.
func pick(config *clientcmdapi.Config) (*clientcmdapi.Cluster, *clientcmdapi.AuthInfo, *clientcmdapi.Context, error) {
	name := config.CurrentContext
	if names := slices.Collect(maps.Keys(config.Contexts)); name == "" && len(names) == 1 {
		name = names[0]
	}
	context := config.Contexts[name]
	if context == nil {
		return nil, nil, nil, fmt.Errorf("it has no current context")
	}
	cluster, user := config.Clusters[context.Cluster], config.AuthInfos[context.AuthInfo]
	if cluster == nil || user == nil {
		return nil, nil, nil, fmt.Errorf("its context %q has no cluster or no user", name)
	}
	// Your own kubeconfig must not come to run programs, or to read files, that somebody else has named.
	switch {
	case user.Exec != nil || user.AuthProvider != nil:
		return nil, nil, nil, fmt.Errorf("its user runs a program on this machine")
	case user.ClientCertificate != "" || user.ClientKey != "" || user.TokenFile != "" || cluster.CertificateAuthority != "":
		return nil, nil, nil, fmt.Errorf("it names files of another machine")
	}
	return cluster, user, context, nil
}
