package compose_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// town is all Storages of a cluster, found by looking at each.
type town []*storagev1beta1.Storage

func (t town) find(names func(*storagev1beta1.Storage) bool) (owner *storagev1beta1.Storage) {
	for _, s := range t {
		if names(s) && (owner == nil || compose.Older(s, owner)) {
			owner = s
		}
	}
	return owner
}

func (t town) BucketOwner(bucket string) *storagev1beta1.Storage {
	return t.find(func(s *storagev1beta1.Storage) bool {
		return slices.ContainsFunc(s.Spec.Buckets, func(b storagev1beta1.Bucket) bool { return b.BucketName == bucket })
	})
}

func (t town) PrincipalOwner(principal string) *storagev1beta1.Storage {
	return t.find(func(s *storagev1beta1.Storage) bool { return s.Spec.Principal == principal })
}

func (t town) Named(namespace, name string) *storagev1beta1.Storage {
	return t.find(func(s *storagev1beta1.Storage) bool { return s.Namespace == namespace && s.Name == name })
}

func (t town) all(names func(*storagev1beta1.Storage) bool) iter.Seq[*storagev1beta1.Storage] {
	return slices.Values(slices.DeleteFunc(slices.Clone(t), func(s *storagev1beta1.Storage) bool { return !names(s) }))
}

func (t town) Requesters(bucket string) iter.Seq[*storagev1beta1.Storage] {
	return t.all(func(s *storagev1beta1.Storage) bool {
		return slices.ContainsFunc(s.Spec.BucketAccessRequests, func(r storagev1beta1.BucketAccessRequest) bool { return r.BucketName == bucket })
	})
}

func (t town) Granters(principal string) iter.Seq[*storagev1beta1.Storage] {
	return t.all(func(s *storagev1beta1.Storage) bool {
		return slices.ContainsFunc(s.Spec.BucketAccessGrants, func(g storagev1beta1.BucketAccessGrant) bool { return g.Grantee == principal })
	})
}

func (t town) Discoverable() (all []eoepca.DiscoverableBucket) {
	for _, s := range t {
		for _, b := range s.Spec.Buckets {
			if t.BucketOwner(b.BucketName) == s && compose.Offers(s, b.BucketName) {
				all = append(all, eoepca.DiscoverableBucket{Bucket: b.BucketName, Workspace: s.Name, Namespace: s.Namespace})
			}
		}
	}
	slices.SortFunc(all, func(a, b eoepca.DiscoverableBucket) int { return strings.Compare(a.Bucket, b.Bucket) })
	return all
}

// The time at which everything in the tests was asked for and granted.
const asked, granted = "2026-01-10T19:00:00Z", "2026-01-11T19:00:00Z"

// inhabitant reads a Storage from words: of NAME a principal, "+b" a discoverable and "-b" a hidden bucket, "?b" a request,
// "b>grantee:Permission" a grant, "dying", "unlabelled" or "@3", three days younger than others.
func inhabitant(name, words string) *storagev1beta1.Storage {
	s := &storagev1beta1.Storage{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, Labels: map[string]string{}}}
	s.CreationTimestamp = metav1.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.Spec.Principal = name
	labelled := true
	for _, word := range strings.Fields(words) {
		bucket, grant, isGrant := strings.Cut(word, ">")
		switch {
		case isGrant:
			grantee, permission, _ := strings.Cut(grant, ":")
			s.Spec.BucketAccessGrants = append(s.Spec.BucketAccessGrants,
				storagev1beta1.BucketAccessGrant{BucketName: bucket, Grantee: grantee, Permission: permission, GrantedAt: granted})
		case word[0] == '?':
			s.Spec.BucketAccessRequests = append(s.Spec.BucketAccessRequests,
				storagev1beta1.BucketAccessRequest{BucketName: word[1:], Reason: "for science", RequestedAt: asked})
		case word[0] == '+' || word[0] == '-':
			discoverable := word[0] == '+'
			s.Spec.Buckets = append(s.Spec.Buckets, storagev1beta1.Bucket{BucketName: word[1:], Discoverable: &discoverable})
			if discoverable {
				s.Labels[compose.DiscoverableLabel] = "true"
			}
		case word[0] == '@':
			s.CreationTimestamp.Time = s.CreationTimestamp.AddDate(0, 0, int(word[1]-'0'))
		case word[0] == '=':
			s.Spec.Principal = word[1:]
		case word == "dying":
			s.DeletionTimestamp = &metav1.Time{}
		case word == "unlabelled":
			labelled = false
		default:
			panic(word)
		}
	}
	if !labelled {
		s.Labels = nil
	}
	return s
}

func TestSharing(t *testing.T) {
	for _, test := range []struct {
		name                             string
		alice, bob, carl                 string
		incoming, outgoing, discoverable string // of alice
	}{
		{name: "nobody shares anything", alice: "-a", bob: "-b"},
		{name: "what others offer is found", alice: "+a", bob: "+b1 -b2 +b3", discoverable: "b1 of bob, b3 of bob"},
		{name: "who goes offers nothing", alice: "+a", bob: "+b dying"},

		{name: "asked", alice: "?b", bob: "+b", outgoing: "b of bob to alice: Requested"},
		{name: "asked for what is not offered", alice: "?b", bob: "-b", outgoing: "b of nobody to alice: Unresolved"},
		{name: "asked for what is not there", alice: "?b", bob: "", outgoing: "b of nobody to alice: Unresolved"},
		{name: "asked who goes", alice: "?b", bob: "+b dying", outgoing: "b of nobody to alice: Unresolved"},
		{name: "asked and granted", alice: "?b", bob: "+b b>alice:ReadOnly", outgoing: "b of bob to alice: Granted ReadOnly"},
		{name: "asked and denied", alice: "?b", bob: "+b b>alice:None", outgoing: "b of bob to alice: Denied None"},
		{name: "granted, and withdrawn from all eyes", alice: "?b", bob: "-b b>alice:ReadOnly", outgoing: "b of bob to alice: Unresolved ReadOnly"},
		{name: "granted, hidden beside one that is found", alice: "?b", bob: "-b +c b>alice:ReadOnly",
			outgoing: "b of bob to alice: Granted ReadOnly", discoverable: "c of bob"},
		{name: "granted, and the label is missing", alice: "?b", bob: "+b b>alice:ReadOnly unlabelled", outgoing: "b of bob to alice: Unresolved ReadOnly"},
		{name: "granted, and not asked", alice: "", bob: "+b b>alice:ReadWrite", outgoing: "b of bob to alice: Offered ReadWrite"},
		{name: "granted in secret, and not asked", alice: "", bob: "-b b>alice:ReadWrite", outgoing: "b of bob to alice: Offered ReadWrite"},
		{name: "denied before it is asked", alice: "", bob: "+b b>alice:None", outgoing: "b of bob to alice: Denied None"},
		{name: "a denial does not tell of a hidden bucket", alice: "", bob: "-b b>alice:None"},
		{name: "withdrawn", alice: "", bob: "+b", discoverable: "b of bob"},
		{name: "another's grant is none of hers", alice: "?b", bob: "+b b>carl:ReadOnly", carl: "?b", outgoing: "b of bob to alice: Requested"},

		{name: "others ask", alice: "+a", bob: "?a", carl: "?a", incoming: "a to bob of bob: Requested, a to carl of carl: Requested"},
		{name: "nobody asks for what is hidden", alice: "-a", bob: "?a"},
		{name: "granted to who asks", alice: "+a a>bob:WriteOnly", bob: "?a", incoming: "a to bob of bob: Granted WriteOnly"},
		{name: "denied to who asks", alice: "+a a>bob:None", bob: "?a", incoming: "a to bob of bob: Denied None"},
		{name: "offered to who is known", alice: "+a a>bob:ReadOnly", bob: "+b", incoming: "a to bob of bob: Offered ReadOnly", discoverable: "b of bob"},
		{name: "offered to who is not known", alice: "+a a>bob:ReadOnly", bob: "-b", incoming: "a to bob of nobody: Offered ReadOnly"},
		{name: "offered to nobody", alice: "+a a>zoe:ReadOnly", incoming: "a to zoe of nobody: Offered ReadOnly"},
		{name: "granted, and all is hidden", alice: "-a a>bob:ReadOnly", bob: "?a", incoming: "a to bob of bob: Unresolved ReadOnly"},
		{name: "a grant on what is not hers", alice: "+a b>carl:ReadOnly", bob: "+b", carl: "?b",
			incoming: "b to carl of nobody: Unresolved ReadOnly", discoverable: "b of bob"},
		{name: "a principal of another name", alice: "+a a>s3-bob:ReadOnly", bob: "=s3-bob ?a", incoming: "a to s3-bob of bob: Granted ReadOnly"},
		{name: "her own request for her own bucket", alice: "+a ?a", outgoing: "a of nobody to alice: Unresolved"},

		{name: "a bucket is the elder's, who is asked", alice: "+x", bob: "+x @1", carl: "?x", incoming: "x to carl of carl: Requested"},
		{name: "a bucket is not the younger's", alice: "+x @1 x>carl:ReadOnly", bob: "+x", carl: "?x",
			incoming: "x to carl of nobody: Unresolved ReadOnly"},
		{name: "of two of one age, a bucket is the first's by name", alice: "+x", bob: "+x", carl: "?x", incoming: "x to carl of carl: Requested"},
		{name: "a grant of who has lost the bucket is none", alice: "?x", bob: "+x", carl: "+x @1 x>alice:ReadOnly", outgoing: "x of bob to alice: Requested"},
		{name: "a principal is the elder's, who is given", alice: "=s3 ?b", bob: "+b b>s3:ReadOnly", carl: "=s3 @1 ?b", outgoing: "b of bob to s3: Granted ReadOnly"},
		{name: "a principal is not the younger's", alice: "=s3 @1 ?b", bob: "+b b>s3:ReadOnly", carl: "=s3", outgoing: "b of nobody to s3: Unresolved",
			discoverable: ""},
		{name: "who has lost the principal does not ask", alice: "+a", bob: "=carl @1 ?a", carl: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := town{inhabitant("alice", test.alice), inhabitant("bob", test.bob), inhabitant("carl", test.carl)}
			got := compose.Sharing(compose.Workspace(compose.Parts{Storage: all[0]}), all)
			var incoming, outgoing, discoverable []string
			for _, s := range got.Incoming {
				incoming = append(incoming, fmt.Sprintf("%s to %s of %s: %s", s.Bucket, s.Grantee, orNobody(s.Workspace), state(t, s)))
			}
			for _, s := range got.Outgoing {
				outgoing = append(outgoing, fmt.Sprintf("%s of %s to %s: %s", s.Bucket, orNobody(s.Workspace), s.Grantee, state(t, s)))
			}
			for _, b := range got.Discoverable {
				discoverable = append(discoverable, b.Bucket+" of "+b.Workspace)
			}
			for what, pair := range map[string][2]string{
				"incoming":     {test.incoming, strings.Join(incoming, ", ")},
				"outgoing":     {test.outgoing, strings.Join(outgoing, ", ")},
				"discoverable": {test.discoverable, strings.Join(discoverable, ", ")},
			} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

func orNobody(name string) string {
	if name == "" {
		return "nobody"
	}
	return name
}

// state is how far a share has come, after a look at what must go with it.
func state(t *testing.T, s eoepca.BucketShare) string {
	t.Helper()
	stamp := func(at *metav1.Time) string {
		if at == nil {
			return ""
		}
		return at.UTC().Format(time.RFC3339)
	}
	if requested := s.Reason != ""; requested != (stamp(s.RequestedAt) == asked) {
		t.Errorf("%s: the reason is %q, asked at %s", s.Bucket, s.Reason, stamp(s.RequestedAt))
	}
	if decided := s.Permission != ""; decided != (stamp(s.DecidedAt) == granted) {
		t.Errorf("%s: the permission is %q, decided at %s", s.Bucket, s.Permission, stamp(s.DecidedAt))
	}
	effective := s.State == eoepca.ShareGranted || s.State == eoepca.ShareDenied
	if effective != (s.Message == "") {
		t.Errorf("%s: %s with the message %q", s.Bucket, s.State, s.Message)
	}
	return strings.TrimSpace(string(s.State) + " " + string(s.Permission))
}

// A grant names a principal. Who names a workspace is told its principal, if he may know of the workspace.
func TestGrantee(t *testing.T) {
	for _, test := range []struct{ name, bob, grantee, want string }{
		{"a principal that offers a bucket", "=s3-bob +b", "s3-bob", "s3-bob"},
		{"the name of its workspace", "=s3-bob +b", "bob", "s3-bob"},
		{"a principal that asks for a bucket of hers", "=s3-bob ?a", "s3-bob", "s3-bob"},
		{"the name of its workspace, too", "=s3-bob ?a", "bob", "s3-bob"},
		{"a workspace whose principal has its name", "+b", "bob", "bob"},
		{"a hidden principal", "=s3-bob -b ?c", "s3-bob", ""},
		{"the name of a hidden workspace", "=s3-bob -b ?c", "bob", ""},
		{"nobody", "+b", "zoe", ""},
		{"her own workspace by its name", "", "alice", "s3-alice"},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := town{inhabitant("alice", "=s3-alice +a"), inhabitant("bob", test.bob), inhabitant("carl", "-c")}
			alice := compose.Workspace(compose.Parts{Storage: all[0]})
			if got, known := compose.Grantee(alice, test.grantee, all); got != test.want || known != (test.want != "") {
				t.Errorf("%q is the principal %q, known: %v; want %q", test.grantee, got, known, test.want)
			}
		})
	}
}
