package workspace

import (
	"context"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

type userAgentKey struct{}

// WithUserAgent notes which program makes a request.
func WithUserAgent(ctx context.Context, agent string) context.Context {
	return context.WithValue(ctx, userAgentKey{}, agent)
}

// manager is the name under which a request owns what it writes: the one that it gives, or its program's.
func manager(ctx context.Context, given string) string {
	if given != "" {
		return given
	}
	agent, _ := ctx.Value(userAgentKey{}).(string)
	if program, _, _ := strings.Cut(agent, "/"); program != "" && len(program) <= 128 {
		return program
	}
	return "unknown"
}

// ownState makes who launches a session the owner of its state, as updating the session would. The body of a launch is no
// Workspace, so that the generic server cannot know what it changes.
func ownState(ws *eoepca.Workspace, session, manager string, now time.Time) error {
	if len(ws.ManagedFields) == 0 {
		return nil // Owners are told of from the first apply on, as everywhere.
	}
	state := fieldpath.NewSet(fieldpath.MakePathOrDie("spec", "sessions", fieldpath.KeyByFields("name", session), "state"))
	entry := metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: v1alpha1.SchemeGroupVersion.String(),
		Time: &metav1.Time{Time: now}, FieldsType: "FieldsV1", Subresource: "launch",
	}
	mine := state
	var entries []metav1.ManagedFieldsEntry
	for _, other := range ws.ManagedFields {
		set := &fieldpath.Set{}
		if err := set.FromJSON(other.FieldsV1.GetRawReader()); err != nil {
			return err
		}
		if other.Manager == manager && other.Operation == entry.Operation && other.Subresource == entry.Subresource {
			mine = mine.Union(set)
			continue
		}
		rest := set.Difference(state)
		if rest.Empty() {
			continue
		}
		if !rest.Equals(set) {
			if err := setFields(&other, rest); err != nil {
				return err
			}
		}
		entries = append(entries, other)
	}
	if err := setFields(&entry, mine); err != nil {
		return err
	}
	ws.ManagedFields = append(entries, entry)
	return nil
}

func setFields(entry *metav1.ManagedFieldsEntry, set *fieldpath.Set) error {
	raw, err := set.ToJSON()
	if err != nil {
		return err
	}
	entry.FieldsV1 = metav1.NewFieldsV1(string(raw))
	return nil
}
