package v1alpha1_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	applyv1alpha1 "github.com/eoepca/workspaces/pkg/generated/applyconfiguration/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/fake"
)

func TestTwoManagersApplyToTheSameLists(t *testing.T) {
	ctx := context.Background()
	workspaces := fake.NewClientset().EoepcaV1alpha1().Workspaces("workspace")
	apply := func(manager string, spec *applyv1alpha1.WorkspaceSpecApplyConfiguration) *v1alpha1.Workspace {
		t.Helper()
		ws, err := workspaces.Apply(ctx, applyv1alpha1.Workspace("ws-alice", "workspace").WithSpec(spec),
			metav1.ApplyOptions{FieldManager: manager})
		if err != nil {
			t.Fatal(err)
		}
		return ws
	}
	spec := applyv1alpha1.WorkspaceSpec
	member := func(name string) *applyv1alpha1.MemberApplyConfiguration {
		return applyv1alpha1.Member().WithName(name).WithRole(v1alpha1.MemberRoleUser)
	}
	grant := func(grantee string) *applyv1alpha1.StorageSpecApplyConfiguration {
		return applyv1alpha1.StorageSpec().WithAccessGrants(applyv1alpha1.AccessGrant().
			WithBucket("ws-alice").WithGrantee(grantee).WithPermission(v1alpha1.PermissionReadOnly))
	}
	apply("one", spec().WithMembers(member("bob")).WithStorage(grant("ws-bob")))
	both := apply("two", spec().WithMembers(member("eve")).WithStorage(grant("ws-eve")))

	want := []v1alpha1.Member{{Name: "bob", Role: "User"}, {Name: "eve", Role: "User"}}
	if diff := cmp.Diff(want, both.Spec.Members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if got := len(both.Spec.Storage.AccessGrants); got != 2 {
		t.Errorf("%d grants, want 2", got)
	}
	mine, err := applyv1alpha1.ExtractWorkspace(both, "one")
	if err != nil {
		t.Fatal(err)
	}
	if len(mine.Spec.Members) != 1 || *mine.Spec.Members[0].Name != "bob" {
		t.Errorf("the first manager owns %v, want bob", mine.Spec.Members)
	}
}
