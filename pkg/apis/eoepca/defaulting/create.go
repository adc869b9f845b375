// Package defaulting fills in what a client left out of a workspace, as far as it depends on the server's
// configuration, on the caller or on the time. Values that depend on none of these are defaults of the served version.
// Functions from values to values only: no client, no clock.
package defaulting

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Create fills in what a new workspace lacks. What only a Datalab can hold is left alone where the cluster has no
// Datalabs.
func Create(ws *eoepca.Workspace, user string, now time.Time, datalabInstalled bool, cfg *Config) {
	spec := &ws.Spec
	setDefault(&spec.Environment, cfg.Environment)
	setDefault(&spec.Storage.Principal, ws.Name)
	if len(spec.Storage.Buckets) == 0 && ws.Name != "" {
		spec.Storage.Buckets = []eoepca.Bucket{{Name: ws.Name, Discoverable: ptr.To(true)}}
	}
	if datalabInstalled {
		createDatalab(ws, user, cfg)
	}
	stampNew(spec, &eoepca.WorkspaceSpec{}, now)
}

func createDatalab(ws *eoepca.Workspace, user string, cfg *Config) {
	spec := &ws.Spec
	if CanOwn(user) {
		setDefault(&spec.Owner, user)
	}
	if len(spec.Sessions) == 0 && cfg.MaxSessions > 0 {
		switch cfg.SessionMode {
		case SessionModeOn:
			spec.Sessions = []eoepca.Session{{Name: DefaultSession, State: eoepca.SessionStarted}}
		case SessionModeAuto:
			spec.Sessions = []eoepca.Session{{Name: DefaultSession, State: eoepca.SessionStopped}}
		}
	}
	setDefault(&spec.Runtime.SecretName, ws.Name)
	if spec.Runtime.VCluster == nil {
		spec.Runtime.VCluster = ptr.To(cfg.UseVCluster)
	}
	if spec.Runtime.Registry == nil {
		spec.Runtime.Registry = &eoepca.Registry{}
	}
	if spec.Runtime.Registry.Enabled == nil {
		spec.Runtime.Registry.Enabled = ptr.To(!cfg.DisableRegistry)
	}
}

// CanOwn says whether a caller becomes the owner of a workspace that names none: a component of the cluster does not.
func CanOwn(user string) bool {
	return user != "" && !strings.HasPrefix(user, "system:")
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// stamp is the time that the server gives, in the precision that it is served in.
func stamp(now time.Time) *metav1.Time {
	return ptr.To(metav1.NewTime(now.UTC().Truncate(time.Second)))
}
