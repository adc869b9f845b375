package workspace

import (
	"strings"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// runtime writes what is set of the environment that sessions run in.
func (d describer) runtime(r v1alpha1.Runtime) {
	d.Write(0, "Runtime:\n")
	d.set("Keys Secret", r.SecretName)
	d.set("Virtual Cluster", flag(r.VCluster))
	if r.Data != nil {
		d.set("Buckets Mounted", flag(r.Data.Enabled))
		d.set("Mounted Read-Only", flag(r.Data.ReadOnlyMount))
	}
	if r.Registry != nil {
		d.set("Registry", flag(r.Registry.Enabled))
		d.set("Registry Storage", r.Registry.Storage)
	}
	if r.Persistence != nil {
		d.set("Storage Class", r.Persistence.StorageClassName)
	}
	if r.Quota != nil {
		d.set("Session Memory", r.Quota.Memory)
		d.set("Session Storage", r.Quota.Storage)
		d.set("Budget", string(r.Quota.Budget))
	}
	if r.Security != nil {
		d.set("Pod Security", string(r.Security.Policy))
		d.set("Kubernetes Access", flag(r.Security.KubernetesAccess))
		d.set("Kubernetes Role", string(r.Security.KubernetesRole))
		d.set("External Egress", flag(r.Security.ExternalEgress))
	}
	var files [][]string
	for _, f := range r.Files {
		files = append(files, []string{f.Path, source(f)})
	}
	if len(files) > 0 {
		d.table(1, "Files", []string{"Path", "From"}, files)
	}
}

// set writes a field that has a value.
func (d describer) set(name, value string) {
	if value != "" {
		d.field(1, name, "%s", value)
	}
}

// flag is empty while nobody has decided.
func flag(value *bool) string {
	if value == nil {
		return ""
	}
	return yesNo(value)
}

// source is where the files come from.
func source(f v1alpha1.File) string {
	switch {
	case f.Image != nil:
		return "image " + f.Image.URL
	case f.Git != nil:
		return strings.TrimSuffix("git "+f.Git.URL+" "+f.Git.Ref, " ")
	case f.HTTP != nil:
		return f.HTTP.URL
	}
	return none
}
