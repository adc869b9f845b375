package compose

import (
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
)

// composeRuntime leaves out objects that say nothing: the providers' schema puts them there.
func composeRuntime(d *datalabv1beta2.DatalabSpec) eoepca.Runtime {
	runtime := eoepca.Runtime{SecretName: d.SecretName, VCluster: d.VCluster}
	if data := d.Data; data != nil && *data != (datalabv1beta2.Data{}) {
		runtime.Data = &eoepca.DataMount{Enabled: data.Enabled, ReadOnlyMount: data.ReadOnlyMount}
	}
	if r := d.Registry; r != nil && *r != (datalabv1beta2.Registry{}) {
		runtime.Registry = &eoepca.Registry{Enabled: r.Enabled, Storage: r.Storage}
	}
	if p := d.Persistence; p != nil && *p != (datalabv1beta2.Persistence{}) {
		runtime.Persistence = &eoepca.Persistence{StorageClassName: p.StorageClassName}
	}
	if q := d.Quota; q != nil && *q != (datalabv1beta2.Quota{}) {
		runtime.Quota = &eoepca.Quota{Memory: q.Memory, Storage: q.Storage, Budget: eoepca.Budget(q.Budget)}
	}
	if s := d.Security; s != nil && *s != (datalabv1beta2.Security{}) {
		runtime.Security = &eoepca.Security{
			Policy:           eoepca.SecurityPolicy(s.Policy),
			KubernetesAccess: s.KubernetesAccess,
			KubernetesRole:   eoepca.KubernetesRole(s.KubernetesRole),
			ExternalEgress:   s.ExternalEgress,
		}
	}
	for i := range d.Files {
		runtime.Files = append(runtime.Files, composeFile(&d.Files[i]))
	}
	return runtime
}

func composeFile(f *datalabv1beta2.File) eoepca.File {
	file := eoepca.File{Path: f.Path, IncludePaths: f.IncludePaths, ExcludePaths: f.ExcludePaths, NewRootPath: f.NewRootPath}
	if image := f.Image; image != nil {
		file.Image = &eoepca.ImageSource{
			URL:                    image.URL,
			SecretRef:              secret(image.SecretRef),
			DangerousSkipTLSVerify: image.DangerousSkipTLSVerify,
			TagSelection:           selection(image.TagSelection),
		}
	}
	if git := f.Git; git != nil {
		file.Git = &eoepca.GitSource{
			URL:           git.URL,
			Ref:           git.Ref,
			RefSelection:  selection(git.RefSelection),
			LFSSkipSmudge: git.LFSSkipSmudge,
			SecretRef:     secret(git.SecretRef),
		}
		if v := git.Verification; v != nil {
			file.Git.Verification = &eoepca.GitVerification{PublicKeysSecretRef: secret(v.PublicKeysSecretRef)}
		}
	}
	if http := f.HTTP; http != nil {
		file.HTTP = &eoepca.HTTPSource{URL: http.URL, SHA256: http.SHA256, SecretRef: secret(http.SecretRef)}
	}
	return file
}

func secret(r *datalabv1beta2.SecretReference) *eoepca.SecretReference {
	if r == nil {
		return nil
	}
	return &eoepca.SecretReference{Name: r.Name, Namespace: r.Namespace}
}

func selection(s *datalabv1beta2.VersionSelection) *eoepca.VersionSelection {
	switch {
	case s == nil:
		return nil
	case s.Semver == nil:
		return &eoepca.VersionSelection{}
	}
	semver := &eoepca.Semver{Constraints: s.Semver.Constraints}
	if p := s.Semver.Prereleases; p != nil {
		semver.Prereleases = &eoepca.Prereleases{Identifiers: p.Identifiers}
	}
	return &eoepca.VersionSelection{Semver: semver}
}
