package storage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// randomStorage names a few of the things of which all random Storages name a few.
func randomStorage(random *rand.Rand, name string, rv uint64) *storagev1beta1.Storage {
	s := newPart(storageKind, name, rv).(*storagev1beta1.Storage)
	s.CreationTimestamp = metav1.Unix(int64(name[0]%3), 0)
	s.Spec.Principal = fmt.Sprintf("p%d", random.IntN(4))
	some := func(prefix string, take func(name string)) {
		for i := range 4 {
			if random.IntN(3) == 0 {
				take(fmt.Sprintf("%s%d", prefix, i))
			}
		}
	}
	some("b", func(name string) {
		s.Spec.Buckets = append(s.Spec.Buckets, storagev1beta1.Bucket{BucketName: name, Discoverable: ptr.To(random.IntN(2) == 0)})
	})
	some("b", func(name string) {
		s.Spec.BucketAccessRequests = append(s.Spec.BucketAccessRequests, storagev1beta1.BucketAccessRequest{BucketName: name})
	})
	some("p", func(name string) {
		for _, bucket := range []string{"b1", "b2"} { // several grants to one grantee
			s.Spec.BucketAccessGrants = append(s.Spec.BucketAccessGrants, storagev1beta1.BucketAccessGrant{BucketName: bucket, Grantee: name})
		}
	})
	if random.IntN(5) == 0 {
		s.DeletionTimestamp = ptr.To(metav1.Unix(5, 0))
	}
	return s
}

// inWords is what an index answers to all questions.
func inWords(x *index) map[string]any {
	words := map[string]any{"offers": append([]eoepca.DiscoverableBucket{}, x.offers...)}
	nameOf := func(s *storagev1beta1.Storage) string {
		if s == nil {
			return ""
		}
		return s.Name + "@" + s.ResourceVersion
	}
	for i := range 4 {
		bucket, principal := fmt.Sprintf("b%d", i), fmt.Sprintf("p%d", i)
		words["owner of "+bucket] = nameOf(x.BucketOwner(bucket))
		words["owner of "+principal] = nameOf(x.PrincipalOwner(principal))
		var requesters, granters []string
		for s := range x.Requesters(bucket) {
			requesters = append(requesters, nameOf(s))
		}
		for s := range x.Granters(principal) {
			granters = append(granters, nameOf(s))
		}
		slices.Sort(requesters)
		slices.Sort(granters)
		words["who asks for "+bucket], words["who grants to "+principal] = requesters, granters
	}
	return words
}

// Whatever has happened before, the index says what one would that is made now, of nothing but the Storages that there are.
func TestTheIndexFollows(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 0))
		m := newMerger(0, [numKinds][]part{}, false)
		for rv := uint64(1); rv <= 40; rv++ {
			name := string(rune('a' + random.IntN(5)))
			event := partEvent{rv: rv, part: randomStorage(random, name, rv)}
			if was := m.pairs[keyOf(event.part)]; was != nil {
				switch random.IntN(4) {
				case 0:
					event.deleted = true
				case 1: // only the status, say
					same := *was.parts[storageKind].(*storagev1beta1.Storage)
					same.ResourceVersion = formatRevision(rv)
					event.part = &same
				}
			}
			event.key = keyOf(event.part)
			m.add(storageKind, event)
			m.release(func(mergedEvent) {})

			var parts [numKinds][]part
			for _, p := range m.pairs {
				parts[storageKind] = append(parts[storageKind], p.parts[storageKind])
			}
			fresh := newMerger(rv, parts, false)
			if diff := cmp.Diff(inWords(fresh.index), inWords(m.index)); diff != "" {
				t.Fatalf("seed %d, revision %d (-made now +followed):\n%s", seed, rv, diff)
			}
		}
		for _, p := range m.pairs {
			gone := partEvent{key: keyOf(p.parts[storageKind]), rv: 99, part: p.parts[storageKind], deleted: true}
			m.apply(storageKind, gone)
		}
		if x := m.index; len(x.buckets)+len(x.principals)+len(x.requests)+len(x.grants)+len(x.offers) != 0 {
			t.Fatalf("seed %d: of no Storage the index keeps %+v", seed, x)
		}
	}
}

func TestWhatSeveralStoragesNameIsTheEldests(t *testing.T) {
	claim := func(namespace, name string, age int64) *storagev1beta1.Storage {
		s := newPart(storageKind, name, 1).(*storagev1beta1.Storage)
		s.Namespace, s.CreationTimestamp = namespace, metav1.NewTime(time.Unix(100-age, 0))
		s.Spec.Principal = "p"
		s.Spec.Buckets = []storagev1beta1.Bucket{{BucketName: "b", Discoverable: ptr.To(name == "x")}}
		return s
	}
	for _, test := range []struct {
		name   string
		claims []part
		want   string
	}{
		{"the one that names it", []part{claim("n", "x", 1)}, "n/x"},
		{"the elder", []part{claim("n", "a", 1), claim("n", "x", 2)}, "n/x"},
		{"of one age, the first namespace", []part{claim("o", "a", 1), claim("n", "x", 1)}, "n/x"},
		{"of one namespace, the first name", []part{claim("n", "y", 1), claim("n", "x", 1)}, "n/x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 2 {
				slices.Reverse(test.claims) // the order in which they are seen says nothing
				x := newMerger(1, [numKinds][]part{test.claims}, false).index
				for what, s := range map[string]*storagev1beta1.Storage{"bucket": x.BucketOwner("b"), "principal": x.PrincipalOwner("p")} {
					if got := s.Namespace + "/" + s.Name; got != test.want {
						t.Errorf("the %s is %s's, want %s's", what, got, test.want)
					}
				}
				// Only x offers it.
				if diff := cmp.Diff([]eoepca.DiscoverableBucket{{Bucket: "b", Workspace: "x", Namespace: "n"}}, x.offers); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Who named a bucket together with another is told, once, whoever came first.
func TestALostBucketIsTold(t *testing.T) {
	claim := func(name string, rv uint64, buckets ...string) partEvent {
		s := newPart(storageKind, name, rv).(*storagev1beta1.Storage)
		s.CreationTimestamp = metav1.Unix(int64(name[0]), 0)
		for _, bucket := range buckets {
			s.Spec.Buckets = append(s.Spec.Buckets, storagev1beta1.Bucket{BucketName: bucket})
		}
		return partEvent{key: keyOf(s), rv: rv, part: s}
	}
	m := newMerger(0, [numKinds][]part{}, false)
	for _, test := range []struct {
		event partEvent
		want  []string
	}{
		{claim("b", 1, "x"), nil},
		{claim("a", 2, "x", "y"), []string{"b: x"}}, // the elder came later
		{claim("c", 3, "y"), []string{"c: y"}},
		{claim("c", 4, "y"), nil}, // as before
		{claim("a", 5, "z"), nil},
		{claim("c", 6, "y", "x"), []string{"c: x"}}, // y is c's by now
	} {
		m.add(storageKind, test.event)
		m.release(func(mergedEvent) {})
		var got []string
		for _, lost := range m.index.takeLost() {
			got = append(got, lost.storage.Name+": "+lost.bucket)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("revision %d (-want +got):\n%s", test.event.rv, diff)
		}
	}
}
