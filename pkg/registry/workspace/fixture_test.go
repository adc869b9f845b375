package workspace

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/defaulting"
	"github.com/eoepca/workspaces/pkg/oauth"
)

var someTime = metav1.Date(2026, 1, 10, 19, 0, 0, 0, time.UTC)

// fixture is the registry over a storage in memory.
type fixture struct {
	*testing.T
	backend *memory
	secrets *fake.Clientset
	storage map[string]rest.Storage
}

func newFixture(t *testing.T, secrets ...runtime.Object) *fixture {
	t.Helper()
	return newFixtureWith(t, nil, secrets...)
}

// newFixtureWith has tokens issued, too.
func newFixtureWith(t *testing.T, issuer *oauth.Issuer, secrets ...runtime.Object) *fixture {
	t.Helper()
	f := &fixture{T: t, backend: &memory{}, secrets: fake.NewClientset(secrets...)}
	storage, err := NewStorage(Config{
		Backend: f.backend,
		Policy: Policy{
			Defaults:   defaulting.Config{Environment: "datalab", SessionMode: defaulting.SessionModeAuto, MaxSessions: 2},
			S3Endpoint: "https://s3.example.org",
			S3Region:   "eu-central-1",
		},
		Authorizer: authorizer.AuthorizerFunc(operatorsGetAll),
		Cluster:    f.secrets.CoreV1(),
		Issuer:     issuer,
		Now:        func() time.Time { return someTime.Time },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.storage = storage
	return f
}

// operatorsGetAll lets the operator get every workspace, and nobody else any.
func operatorsGetAll(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	if a.GetUser().GetName() == "operator" && a.GetVerb() == "get" && a.GetResource() == "workspaces" && a.GetSubresource() == "" {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionNoOpinion, "", nil
}

func (f *fixture) workspaces() *REST { return f.storage["workspaces"].(*REST) }

func (f *fixture) create(ws *eoepca.Workspace) *eoepca.Workspace {
	f.Helper()
	created, err := f.workspaces().Create(as("alice"), ws, rest.ValidateAllObjectFunc, &metav1.CreateOptions{})
	if err != nil {
		f.Fatal(err)
	}
	return created.(*eoepca.Workspace)
}

// put makes a workspace of alice's past the server, as old as is said.
func (f *fixture) put(name string, age time.Duration, change func(*eoepca.Workspace)) {
	f.Helper()
	ws := named(name)
	ws.CreationTimestamp = metav1.NewTime(someTime.Add(age))
	ws.Spec.Owner, ws.Spec.Storage.Principal, ws.Spec.Runtime.SecretName = "alice", name, name
	change(ws)
	f.backend.put("/workspaces/workspace/"+name, ws, &eoepca.Workspace{})
}

func (f *fixture) get(name string) *eoepca.Workspace {
	f.Helper()
	ws, err := f.workspaces().Get(as("alice"), name, &metav1.GetOptions{})
	if err != nil {
		f.Fatal(err)
	}
	return ws.(*eoepca.Workspace)
}

func as(name string) context.Context {
	ctx := genericapirequest.WithNamespace(context.Background(), "workspace")
	return genericapirequest.WithUser(ctx, &user.DefaultInfo{Name: name})
}

func named(name string) *eoepca.Workspace {
	return &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: "workspace", Name: name}}
}

// changed is an update by a function, as a patch is.
func changed(change func(*eoepca.Workspace)) rest.UpdatedObjectInfo {
	return rest.DefaultUpdatedObjectInfo(nil, func(_ context.Context, _, old runtime.Object) (runtime.Object, error) {
		ws := old.(*eoepca.Workspace).DeepCopy()
		change(ws)
		return ws, nil
	})
}

func discoverable(name string) eoepca.Bucket {
	return eoepca.Bucket{Name: name, Discoverable: ptr.To(true)}
}
