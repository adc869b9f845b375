package v1beta2

// File is content fetched into each session from an image, a Git repository or a URL.
type File struct {
	Path         string   `json:"path,omitempty"`
	IncludePaths []string `json:"includePaths,omitempty"`
	ExcludePaths []string `json:"excludePaths,omitempty"`
	NewRootPath  string   `json:"newRootPath,omitempty"`
	Image        *Image   `json:"image,omitempty"`
	Git          *Git     `json:"git,omitempty"`
	HTTP         *HTTP    `json:"http,omitempty"`
}

// SecretReference names a Secret.
type SecretReference struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

// VersionSelection selects a tag or ref by version.
type VersionSelection struct {
	Semver *Semver `json:"semver,omitempty"`
}

// Semver selects by semantic version.
type Semver struct {
	Constraints string       `json:"constraints,omitempty"`
	Prereleases *Prereleases `json:"prereleases,omitempty"`
}

// Prereleases selects pre-release versions.
type Prereleases struct {
	Identifiers []string `json:"identifiers,omitempty"`
}

// Image fetches the content of a container image.
type Image struct {
	URL                    string            `json:"url,omitempty"`
	SecretRef              *SecretReference  `json:"secretRef,omitempty"`
	DangerousSkipTLSVerify *bool             `json:"dangerousSkipTLSVerify,omitempty"`
	TagSelection           *VersionSelection `json:"tagSelection,omitempty"`
}

// Git fetches a Git repository.
type Git struct {
	URL           string            `json:"url,omitempty"`
	Ref           string            `json:"ref,omitempty"`
	RefSelection  *VersionSelection `json:"refSelection,omitempty"`
	LFSSkipSmudge *bool             `json:"lfsSkipSmudge,omitempty"`
	Verification  *Verification     `json:"verification,omitempty"`
	SecretRef     *SecretReference  `json:"secretRef,omitempty"`
}

// Verification checks the signatures of a Git repository.
type Verification struct {
	PublicKeysSecretRef *SecretReference `json:"publicKeysSecretRef,omitempty"`
}

// HTTP fetches a URL.
type HTTP struct {
	URL       string           `json:"url,omitempty"`
	SHA256    string           `json:"sha256,omitempty"`
	SecretRef *SecretReference `json:"secretRef,omitempty"`
}
