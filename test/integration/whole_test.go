package integration

import (
	"context"
	"fmt"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// half says what is wrong with a workspace whose writer always writes a bucket, a member and a session of the same number:
// the bucket lies in the Storage, the others in the Datalab.
func half(ws *v1alpha1.Workspace) error {
	bucket, member, session := bucketNames(ws), memberNames(ws), sessionNames(ws)
	if len(bucket) != 1 || len(member) != 1 || len(session) != 1 {
		return fmt.Errorf("version %s of %s has the buckets %v, the members %v and the sessions %v", ws.ResourceVersion, ws.Name, bucket, member, session)
	}
	number := member[0][len("m"):]
	if session[0] != "s"+number || bucket[0] != ws.Name+"-"+ws.Namespace+"-"+number {
		return fmt.Errorf("version %s of %s is half written: bucket %s, member %s, session %s", ws.ResourceVersion, ws.Name, bucket[0], member[0], session[0])
	}
	return nil
}

func numbered(ns, name string, number int) *v1alpha1.Workspace {
	ws := env.Workspace(ns, name)
	ws.Spec.Storage.Buckets[0].Name = fmt.Sprintf("%s-%s-%d", name, ns, number)
	ws.Spec.Members = []v1alpha1.Member{{Name: fmt.Sprintf("m%d", number)}}
	ws.Spec.Sessions = []v1alpha1.Session{{Name: fmt.Sprintf("s%d", number)}}
	return ws
}

// While writers make and change workspaces in both parts, on both replicas, no reader of either sees a half of any write,
// whether he gets, lists from the store or from the cache, or watches.
func TestNobodySeesHalfOfAWrite(t *testing.T) {
	t.Parallel()
	const writers, rounds, changes = 2, 3, 8
	ns := e.Namespace(t)
	begin := list(t, e.Replicas[0].Workspaces(ns), "").ResourceVersion
	var recorders []*env.Recorder
	for _, replica := range e.Replicas {
		recorders = append(recorders, env.Record(t, replica.Workspaces(ns), begin))
	}
	reading, stop := context.WithCancel(t.Context())
	var readers, writing sync.WaitGroup
	for _, replica := range e.Replicas {
		readers.Go(func() { readUntil(reading, t, ns, replica) })
	}
	for w := range writers {
		writing.Go(func() {
			for round := range rounds {
				writeNumbered(t, ns, fmt.Sprintf("whole-%d-%d", w, round), changes, w)
			}
		})
	}
	writing.Wait()
	stop()
	readers.Wait()

	last := create(t, e.Replicas[0].Workspaces(ns), numbered(ns, "last", 0))
	for _, recorder := range recorders {
		for _, event := range recorder.AwaitVersion(t, env.Version(t, last.ResourceVersion)) {
			if err := half(event.Workspace); err != nil {
				t.Errorf("a watch says: %v", err)
			}
		}
	}
}

// writeNumbered makes a workspace and changes both its parts again and again.
func writeNumbered(t *testing.T, ns, name string, changes, seed int) {
	create(t, e.Replicas[seed%2].Workspaces(ns), numbered(ns, name, 0))
	for i := range changes {
		ws := numbered(ns, name, i+1)
		changed := object{"spec": object{
			"members": ws.Spec.Members, "sessions": ws.Spec.Sessions, "storage": object{"buckets": ws.Spec.Storage.Buckets},
		}}
		_, err := e.Replicas[(seed+i)%2].Workspaces(ns).Patch(t.Context(), name, types.MergePatchType, mustJSON(changed), metav1.PatchOptions{})
		if err != nil {
			t.Errorf("change %s: %v", name, err)
		}
	}
}

// readUntil reads in every way until the context ends.
func readUntil(ctx context.Context, t *testing.T, ns string, replica *env.Replica) {
	client := replica.Workspaces(ns)
	reads := 0
	for ctx.Err() == nil {
		for _, version := range []string{"", "0"} {
			all, err := client.List(ctx, metav1.ListOptions{ResourceVersion: version})
			if err != nil {
				if ctx.Err() == nil {
					t.Errorf("list at %q: %v", version, err)
				}
				return
			}
			for _, ws := range all.Items {
				if err := half(&ws); err != nil {
					t.Errorf("a list at %q says: %v", version, err)
				}
				one, err := client.Get(ctx, ws.Name, metav1.GetOptions{ResourceVersion: version})
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					t.Errorf("get %s at %q: %v", ws.Name, version, err)
				} else if err := half(one); err != nil {
					t.Errorf("a get at %q says: %v", version, err)
				}
				reads++
			}
		}
	}
	t.Logf("%d reads", reads)
}
