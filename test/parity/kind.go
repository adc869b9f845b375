package main

import "strings"

// kind is a kind of object, as the suite speaks of it: all that behaviours say of Workspaces is said in its words.
type kind struct {
	group, version, resource, name string
	// cluster says that objects are in no namespace: their names begin with that of the behaviour's.
	cluster bool
	// base is an object of which nothing is left to defaults, as YAML.
	base string
	// words are what its server says, and what a Workspace's says instead, one after the other.
	words []string
}

const workspaceBase = `
apiVersion: $GROUP/v1alpha1
kind: Workspace
metadata: {name: NAME}
spec:
  environment: datalab
  owner: alice
  storage: {principal: NAME-$NS, buckets: [{name: NAME-$NS, discoverable: false}]}
  sessions: [{name: main, state: Stopped}]
  runtime: {secretName: NAME, vcluster: false, registry: {enabled: true}, data: {enabled: true, readOnlyMount: false}}
`

func workspaces(group string) *kind {
	return &kind{group: group, version: "v1alpha1", resource: "workspaces", name: "Workspace", base: workspaceBase}
}

// Built-in kinds are a second control. A Workspace is served by the code that serves them: where a custom resource answers in
// a manner of its own, one of them shows, asked the same in the same run, that a Workspace does as stored types do.
var (
	deployments = &kind{
		group: "apps", version: "v1", resource: "deployments", name: "Deployment",
		base: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: main, image: none}]}
`,
		words: []string{
			"deployments.apps", "workspaces.GROUP", "Deployment.apps", "Workspace.GROUP", "apps/v1", "GROUP/v1alpha1",
			"apps.Deployment", "eoepca.Workspace", "v1.Deployment", "v1alpha1.Workspace", `version "v1"`, `version "v1alpha1"`,
			"deployments", "workspaces", "Deployment", "Workspace",
		},
	}
	// configMaps need nothing but a name.
	configMaps = &kind{
		version: "v1", resource: "configmaps", name: "ConfigMap",
		base:  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n",
		words: []string{`ConfigMap "`, `Workspace.GROUP "`, "configmaps", "workspaces", "ConfigMap", "Workspace"},
	}
	// namespaces go in steps.
	namespaces = &kind{
		version: "v1", resource: "namespaces", name: "Namespace", cluster: true,
		base:  "apiVersion: v1\nkind: Namespace\nmetadata: {name: NAME}\n",
		words: []string{`Namespace "`, `Workspace.GROUP "`, "namespaces", "workspaces", "Namespace", "Workspace"},
	}
	// services have labels for names.
	services = &kind{
		version: "v1", resource: "services", name: "Service",
		base:  "apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {clusterIP: None, ports: [{port: 80}]}\n",
		words: []string{`Service "`, `Workspace.GROUP "`, "services", "workspaces", "Service", "Workspace"},
	}
	builtins = []*kind{deployments, configMaps, services, namespaces}
)

// like names the built-in kind that shows a behaviour where the custom resource shows another.
func like(k *kind, b behaviour) behaviour {
	b.builtin = k
	return b
}

// root is the path of the version.
func (k *kind) root() string {
	if k.group == "" {
		return "/api/" + k.version
	}
	return "/apis/" + k.group + "/" + k.version
}

func (k *kind) apiVersion() string { return strings.TrimPrefix(k.group+"/"+k.version, "/") }

// collection is the path of the objects in a namespace.
func (k *kind) collection(ns string) string {
	if k.cluster {
		return k.root() + "/" + k.resource
	}
	return k.root() + "/namespaces/" + ns + "/" + k.resource
}

// fill replaces the placeholders in a text.
func (k *kind) fill(text, ns string) string {
	return strings.NewReplacer("$GROUP/v1alpha1", k.apiVersion(), "$GROUP", k.group, "$KIND", k.name, "$NS", ns).Replace(text)
}

// url is that of a path: one that begins with "!" is the server's, one with "^" the version's, and any other that of the
// objects in the namespace.
func (k *kind) url(path, ns string) string {
	path = k.fill(path, ns)
	switch {
	case strings.HasPrefix(path, "!"):
		return path[1:]
	case strings.HasPrefix(path, "^"):
		return k.root() + strings.ReplaceAll(path[1:], "/workspaces", "/"+k.resource)
	case k.cluster && strings.HasPrefix(path, "/"):
		return k.collection(ns) + "/" + ns + "-" + path[1:]
	}
	return k.collection(ns) + path
}

// either is what is said of a Workspace, or of a built-in kind.
func (x *experiment) either(workspace, builtin string) string {
	if x.builtin {
		return builtin
	}
	return workspace
}

// call gives a name to what is called otherwise in a Workspace than in a built-in kind.
func (x *experiment) call(name, workspace, builtin string) {
	x.norm.words = append([]string{x.either(workspace, builtin), name}, x.norm.words...)
}
