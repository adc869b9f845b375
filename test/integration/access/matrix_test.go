package access

import (
	"slices"
	"strings"
	"sync"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// Every role, every verb, every resource and subresource, on the workspace that the role is in, on another's, and on none:
// asked through kube-apiserver with client certificates, compared with what is meant and with what `kubectl auth can-i` says.

// somebody is a column of the matrix.
type somebody struct {
	title  string
	groups func(workspace string) []string
	bound  string // a ClusterRole that he has in the namespace
	may    []permission
}

// permission is what one may do on his own workspace, as the contract says it: verbs of resources.
type permission struct{ verbs, resources string }

var (
	finds   = []permission{{"list watch", "workspaces"}, {"get list", "storetypes"}}
	program = []permission{{"get", "credentials"}}
	works   = []permission{{"get", "workspaces status credentials usage sharing"}, {"create", "launch"}, {"get create update patch delete", "proxy"}}
	manages = slices.Concat(works, []permission{
		{"get update patch apply", "members buckets access stores sessions"}, {"create", "token"}, {"get", "kubeconfig"},
	})
	views  = []permission{{"get", "workspaces status members buckets access stores sessions usage sharing"}}
	makes  = []permission{{"create update patch apply delete deletecollection", "workspaces"}}
	edits  = slices.Concat(views, makes, works, []permission{{"update patch apply", "members buckets access stores sessions"}})
	admins = slices.Concat(edits, manages)
)

const operators = "operator"

var everybody = []somebody{
	{title: "owner", may: manages},
	{title: "member: Admin", may: manages},
	{title: "member: User", may: works},
	{title: "group ws_admin", groups: group("ws_admin"), may: manages},
	{title: "group ws_access", groups: group("ws_access"), may: works},
	{title: "group ws_api", groups: group("ws_api"), may: program},
	{title: "stranger"},
	{title: "view", bound: "view", may: views},
	{title: "edit", bound: "edit", may: edits},
	{title: "admin", bound: "admin", may: admins},
	{title: operators, bound: "eoepca:workspace-operator", may: slices.Concat(admins, makes)},
}

func group(role string) func(string) []string {
	return func(workspace string) []string { return []string{workspace + ":" + role} }
}

// everywhere says whether what he may do holds for all workspaces of the namespace.
func (s somebody) everywhere() bool { return s.bound != "" }

func (s somebody) mayDo(r request) bool {
	return slices.ContainsFunc(slices.Concat(finds, s.may), func(p permission) bool {
		return slices.Contains(strings.Fields(p.verbs), r.verb) && slices.Contains(strings.Fields(p.resources), r.resource)
	})
}

// matrix is the outcome by request, target and column.
type matrix map[line][]outcome

// line is a request on one of the three targets.
type line struct{ target, verb, resource string }

var targets = []string{"own", "another's", "none"}

func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	own := created(t, withSession(workspace(ns, "own", "owner-"+ns, v1alpha1.Member{Name: "admin-" + ns, Role: v1alpha1.MemberRoleAdmin}, v1alpha1.Member{Name: "user-" + ns})))
	another := created(t, withSession(workspace(ns, "another", "zoe-"+ns)))
	none := another.DeepCopy()
	none.Name, none.UID, none.ResourceVersion = "none-"+ns, "", "1"
	got := matrix{}
	var mu sync.Mutex
	t.Run("columns", func(t *testing.T) {
		for i, s := range everybody {
			t.Run(s.title, func(t *testing.T) {
				t.Parallel()
				column := s.column(t, ns, own, another, none)
				mu.Lock()
				defer mu.Unlock()
				for row, cell := range column {
					if got[row] == nil {
						got[row] = make([]outcome, len(everybody))
					}
					got[row][i] = cell
				}
			})
		}
	})
	if !t.Failed() {
		document(t, got)
	}
}

func withSession(ws *v1alpha1.Workspace) *v1alpha1.Workspace {
	ws.Spec.Sessions = []v1alpha1.Session{{Name: "main", State: v1alpha1.SessionStopped}}
	return ws
}

// column sends all requests as one of them, and compares each outcome with what is meant and with what can-i says.
func (s somebody) column(t *testing.T, ns string, own, another, none *v1alpha1.Workspace) map[line]outcome {
	who := s.subject(ns, own.Name)
	if s.bound != "" {
		s.bind(t, ns, who.user)
	}
	if len(s.may) > 0 {
		first := s.may[len(s.may)-1]
		who.eventually(t, true, strings.Fields(first.verbs)[0], subresource(strings.Fields(first.resources)[0]), ns, own.Name)
	}
	client := who.client(t)
	column := map[line]outcome{}
	for _, r := range requests() {
		for i, ws := range []*v1alpha1.Workspace{own, another, none} {
			if r.collection() && (ws == none || r.resource == storeTypesResource && ws != own) {
				continue
			}
			want := s.want(r, i)
			cell, err := r.send(t.Context(), client, ws)
			if err != nil || cell != want {
				t.Errorf("%s %s on %s: %s, %v; want %s", r.verb, r.resource, targets[i], cell, err, want)
			}
			if may := who.canI(t, r, ws); may != (cell != forbidden) {
				t.Errorf("%s %s on %s: can-i says %v, and it is %s", r.verb, r.resource, targets[i], may, cell)
			}
			column[line{targets[i], r.verb, r.resource}] = cell
		}
	}
	return column
}

// want is what the contract says.
func (s somebody) want(r request, target int) outcome {
	here := target == 0 || s.everywhere()
	switch {
	case r.collection() && !s.mayDo(r), !r.collection() && (!here || !s.mayDo(r)):
		return forbidden
	case r.collection() && r.verb != "create" && r.resource == workspacesResource && !(here && s.sees()):
		return unseen
	case !r.collection() && targets[target] == "none" && !(r.verb == "apply" && r.resource == workspacesResource): // which creates it
		return hidden
	}
	return yes
}

// sees says whether lists hold the workspace: whoever has a role in it sees it.
func (s somebody) sees() bool { return len(s.may) > 0 }

func (s somebody) subject(ns, workspace string) subject {
	names := map[string]string{"owner": "owner-" + ns, "member: Admin": "admin-" + ns, "member: User": "user-" + ns}
	who := subject{user: names[s.title]}
	if who.user == "" {
		who.user = strings.NewReplacer(" ", "-", ":", "").Replace("matrix-"+s.title) + "-" + ns
	}
	if s.groups != nil {
		who.groups = s.groups(workspace)
	}
	return who
}

func (s somebody) bind(t *testing.T, ns, user string) {
	t.Helper()
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "matrix-" + s.title},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: s.bound},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
	if _, err := e.Admin.RbacV1().RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// client speaks to kube-apiserver as the subject, with a certificate.
func (s subject) client(t *testing.T) *rest.RESTClient {
	t.Helper()
	config, err := e.Aggregated(s.user, s.groups...)
	if err != nil {
		t.Fatal(err)
	}
	config.GroupVersion = &schema.GroupVersion{}
	config.NegotiatedSerializer = serializer.WithoutConversionCodecFactory{CodecFactory: scheme.Codecs}
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// canI asks what `kubectl auth can-i` asks.
func (s subject) canI(t *testing.T, r request, ws *v1alpha1.Workspace) bool {
	t.Helper()
	attributes := &authorizationv1.ResourceAttributes{Group: "eoepca.org", Resource: workspacesResource, Subresource: subresource(r.resource), Verb: r.rbacVerb(), Namespace: ws.Namespace}
	switch {
	case r.resource == storeTypesResource:
		attributes.Resource, attributes.Namespace, attributes.Subresource = storeTypesResource, "", ""
	case !r.collection():
		attributes.Name = ws.Name
	}
	review, err := e.Admin.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{User: s.user, Groups: append(slices.Clone(s.groups), "system:authenticated"), ResourceAttributes: attributes},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

func subresource(resource string) string {
	if resource == workspacesResource {
		return ""
	}
	return resource
}
