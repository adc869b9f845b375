package compose

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// maxNotes is how many messages on one part are shown.
const maxNotes = 5

var (
	storageVersion = storagev1beta1.SchemeGroupVersion.String()
	datalabVersion = datalabv1beta2.SchemeGroupVersion.String()
)

func (c *composition) status(ws *eoepca.Workspace) eoepca.WorkspaceStatus {
	conditions, observed := c.conditions()
	for i := range conditions {
		conditions[i].ObservedGeneration = observed
	}
	return eoepca.WorkspaceStatus{
		ObservedGeneration: observed,
		Conditions:         conditions,
		Sessions:           c.sessions(ws.Spec.Sessions),
		Parts:              c.parts(),
	}
}

// sessions answers the states of the declared sessions, in their order, and of those that the provider still has.
func (c *composition) sessions(declared []eoepca.Session) []eoepca.SessionStatus {
	if c.Datalab == nil {
		return nil
	}
	reported := c.Datalab.Status.Sessions
	if len(declared) == 0 && len(reported) == 0 {
		return nil
	}
	result := make([]eoepca.SessionStatus, 0, max(len(declared), len(reported)))
	known := 0
	for _, session := range declared {
		status, found := reported[session.Name]
		if !found {
			result = append(result, eoepca.SessionStatus{Name: session.Name, Phase: "Pending"})
			continue
		}
		known++
		result = append(result, composeSession(session.Name, status))
	}
	if known == len(reported) {
		return result
	}
	for _, name := range sortedKeys(reported) {
		declared := slices.ContainsFunc(declared, func(s eoepca.Session) bool { return s.Name == name })
		if !declared && name != "" {
			result = append(result, composeSession(name, reported[name]))
		}
	}
	return result
}

func composeSession(name string, s datalabv1beta2.SessionStatus) eoepca.SessionStatus {
	return eoepca.SessionStatus{Name: name, State: sessionState(s.State), Phase: s.Phase, URL: s.URL, Message: s.Message}
}

// parts answers what the Workspace is composed of, and why a part is missing.
func (c *composition) parts() []eoepca.Part {
	storage := c.part(Storage, storageVersion, &c.Storage.ObjectMeta)
	var datalab eoepca.Part
	if c.Datalab != nil {
		datalab = c.part(Datalab, datalabVersion, &c.Datalab.ObjectMeta)
	} else {
		datalab = c.part(Datalab, datalabVersion, &metav1.ObjectMeta{Name: c.Storage.Name})
	}
	if datalab.UID == "" && datalab.Message == "" {
		datalab.Message = c.whyNoDatalab()
	}
	return []eoepca.Part{storage, datalab}
}

func (c *composition) whyNoDatalab() string {
	switch {
	case !c.DatalabKind:
		return "this cluster has no Datalabs"
	case c.Datalab != nil:
		return "is about to be made"
	case c.vanished():
		return "was deleted"
	}
	return "none was asked for: the workspace has no owner, members, sessions, stores or runtime"
}

// vanished says whether there was a Datalab and is none.
func (c *composition) vanished() bool {
	return c.Datalab == nil && c.absence.vanished()
}

func (c *composition) part(kind Kind, apiVersion string, meta *metav1.ObjectMeta) eoepca.Part {
	notes := c.notes[kind]
	if len(notes) > maxNotes {
		notes = append(slices.Clone(notes[:maxNotes]), "and more")
	}
	return eoepca.Part{
		Kind: string(kind), APIVersion: apiVersion, Name: meta.Name, UID: meta.UID, ResourceVersion: meta.ResourceVersion,
		Message: strings.Join(notes, "; "),
	}
}
