package storage

import (
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/tools/record"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestNoteOnARefusalNamesFieldsAndNoValues(t *testing.T) {
	kind := schema.GroupKind{Group: "eoepca.org", Kind: "Workspace"}
	at := field.NewPath("spec", "runtime", "quota")
	for name, test := range map[string]struct {
		why  error
		want string
	}{
		"fields": {
			apierrors.NewInvalid(kind, "pair", field.ErrorList{
				field.Invalid(at.Child("budget"), "hush", "hush is not known"), field.Required(at.Child("memory"), "hush"), field.Invalid(at.Child("budget"), "hush", "again"),
			}),
			"its Datalab was refused (Invalid) at spec.runtime.quota.budget, spec.runtime.quota.memory",
		},
		"no fields":  {apierrors.NewForbidden(eoepca.Resource("workspaces"), "pair", errors.New("hush")), "its Datalab was refused (Forbidden)"},
		"no refusal": {nil, "the Datalab was made or deleted by somebody else at the same time"},
	} {
		if got := refusalNote(test.why); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestHoldersAreNamedAndTheCollectorIsNone(t *testing.T) {
	for name, test := range map[string]struct {
		finalizers []string
		want       string
	}{
		"the collector's": {[]string{"orphan", "foregroundDeletion"}, ""},
		"a client's":      {[]string{"orphan", "example.org/hold"}, "example.org/hold"},
		"many": {
			[]string{"a/a", "a/b", "a/c", "a/d", "a/e", "a/f", "a/g"}, "a/a, a/b, a/c, a/d, a/e and 2 more",
		},
	} {
		events := record.NewFakeRecorder(1)
		b := &Backend{events: events}
		ws := &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Finalizers: test.finalizers}}
		b.tellDeletionHeld(ws, &metav1.ObjectMeta{})
		got := ""
		select {
		case got = <-events.Events:
		default:
		}
		want := test.want
		if want != "" {
			want = "Normal DeletionHeld the deletion waits for finalizers (" + want + ") and leaves both parts as they are: whoever set them takes them off when done"
		}
		if got != want {
			t.Errorf("%s: told %q, want %q", name, got, want)
		}
	}
}
