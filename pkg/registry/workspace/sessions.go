package workspace

import (
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// sessionsSection is the declared sessions and their states.
var sessionsSection = section{
	fields: []*fieldpath.SetMatcher{fieldpath.MakePrefixMatcherOrDie("spec", "sessions")},
	take:   func(to, from *eoepca.WorkspaceSpec) { to.Sessions = from.Sessions },
}
