package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/access"
)

const (
	member        = "member-of-few"
	memberships   = 20
	rbacPath      = "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/"
	reviewPath    = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
	listOfMember  = "LIST by a member of 20"
	elsewhere     = "default" // a namespace without bindings of workspaces
	grantedWithin = time.Minute
)

// accessRows measures what it costs that everybody sees what is his alone: filtered lists, and RBAC with the Roles of every
// workspace in one namespace, three of each as with groups. On the left of the reviews is a namespace that has none.
func (b *bench) accessRows(ctx context.Context) (rows []row) {
	if !b.wants(listOfMember) {
		return nil
	}
	fail := func(name string, err error) []row {
		return append(rows, comparison(b.n, name, nil, nil, noTarget, err))
	}
	client, err := b.giveMember(ctx)
	if err != nil {
		return fail(listOfMember, err)
	}
	list := func(name string) {
		b.say.step("measure %s", name)
		r := request{reps: b.reps(nil, 100), rest: readRest,
			storages:   func(ctx context.Context, _ int) error { return nil },
			workspaces: func(ctx context.Context, _ int) error { return client.get(ctx, workspaces, nil) }}
		_, w, err := r.compare(ctx)
		rows = append(rows, comparison(b.n, name, nil, w, within(30*time.Millisecond, 0), err))
	}
	list(listOfMember)
	b.say.step("bind the roles of %d workspaces", b.n)
	if err := b.bindAll(ctx); err != nil {
		return fail("bind roles", err)
	}
	list(listOfMember + ", roles bound")
	for _, user := range []string{member, "stranger", "operator"} {
		name := "access review, " + user
		b.say.step("measure %s", name)
		in := func(namespace string) func(context.Context, int) error {
			return func(ctx context.Context, i int) error {
				may, err := b.review(ctx, object{"user": user, "groups": []any{"system:authenticated"}}, namespace, b.n-1-i%memberships, "")
				if want := user == "operator" || user == member && namespace != elsewhere; err == nil && may != want {
					err = fmt.Errorf("%s may get a workspace in %s: %v", user, namespace, may)
				}
				return err
			}
		}
		r := request{reps: b.reps(nil, 300), storages: in(elsewhere), workspaces: in(namespace)}
		a, w, err := r.compare(ctx)
		rows = append(rows, comparison(b.n, name, a, w, atMost(2), err))
	}
	return rows
}

// giveMember makes somebody the owner of the last few workspaces, and speaks as him.
func (b *bench) giveMember(ctx context.Context) (*client, error) {
	for i := range min(memberships, b.n) {
		body := fmt.Appendf(nil, `{"spec":{"users":[%q]}}`, member)
		if err := b.env.load.do(ctx, http.MethodPatch, datalabs+"/"+pairName(b.n-1-i), mergePatch, body, nil); err != nil {
			return nil, err
		}
	}
	client, err := b.env.impersonate(member)
	if err != nil {
		return nil, err
	}
	var list struct{ Items []meta }
	if err := client.get(ctx, workspaces, &list); err != nil {
		return nil, err
	}
	if len(list.Items) != min(memberships, b.n) {
		return nil, fmt.Errorf("a member of %d sees %d workspaces", memberships, len(list.Items))
	}
	return client, nil
}

// bindAll puts the Roles and RoleBindings into etcd that the server would have made, as pairs are put there, and waits until
// kube-apiserver acts on them.
func (b *bench) bindAll(ctx context.Context) error {
	for _, role := range access.GrantedRoles {
		name := role.ClusterRole() + ":" + pairName(0)
		meta := metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app.kubernetes.io/managed-by": "bench"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "eoepca.org/v1alpha1", Kind: "Workspace", Name: pairName(0), UID: "some-uid"}}}
		binding := &rbacv1.RoleBinding{
			ObjectMeta: meta,
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: role.Group(pairName(0))}},
		}
		if role == access.RoleAdmin {
			for _, user := range []string{member, "bob"} {
				binding.Subjects = append(binding.Subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user})
			}
		}
		if err := b.copyGrant(ctx, "roles", name, &rbacv1.Role{ObjectMeta: meta, Rules: role.Rules(pairName(0))}); err != nil {
			return err
		}
		if err := b.copyGrant(ctx, "rolebindings", name, binding); err != nil {
			return err
		}
	}
	deadline := time.Now().Add(grantedWithin)
	for {
		// What was put last.
		granted, err := b.review(ctx, object{"user": "x", "groups": []any{access.RoleAPI.Group(pairName(1))}}, namespace, 1, "credentials")
		if err != nil || granted {
			return err
		}
		if time.Now().After(deadline) {
			return errors.New("kube-apiserver does not act on the bindings")
		}
		if err := pause(ctx, readRest); err != nil {
			return err
		}
	}
}

// copyGrant makes an object of the first pair, and copies of it for all others. They are kept as protobuf, in which names of one
// length may take each other's place. Only the last few have the member as their subject.
func (b *bench) copyGrant(ctx context.Context, resource, name string, object any) error {
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	var made struct{ Metadata struct{ UID string } }
	if err := b.env.load.do(ctx, http.MethodPost, rbacPath+resource, jsonBody, body, &made); err != nil {
		return err
	}
	key := "/registry/" + resource + "/" + namespace + "/" + name
	ask, err := json.Marshal(map[string][]byte{"key": []byte(key)})
	if err != nil {
		return err
	}
	var stored struct{ Kvs []struct{ Value []byte } }
	if err := b.env.etcd.do(ctx, http.MethodPost, "/v3/kv/range", jsonBody, ask, &stored); err != nil || len(stored.Kvs) != 1 {
		return fmt.Errorf("read %s: %d found, %w", key, len(stored.Kvs), err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(seedWriters)
	for i := b.n - 1; i > 0 && ctx.Err() == nil; i-- {
		group.Go(func() error {
			put := bytes.ReplaceAll(stored.Kvs[0].Value, []byte(pairName(0)), []byte(pairName(i)))
			put = bytes.ReplaceAll(put, []byte(made.Metadata.UID), []byte(uuid.NewString()))
			if i < b.n-memberships {
				put = bytes.ReplaceAll(put, []byte(member), fmt.Appendf(nil, "owner-of-%04d", i%10000)[:len(member)])
			}
			body, err := json.Marshal(map[string][]byte{"key": bytes.ReplaceAll([]byte(key), []byte(pairName(0)), []byte(pairName(i))), "value": put})
			if err != nil {
				return err
			}
			return b.env.etcd.do(ctx, http.MethodPost, "/v3/kv/put", jsonBody, body, nil)
		})
	}
	return group.Wait()
}

// review asks kube-apiserver whether somebody may get a workspace, or a subresource of it.
func (b *bench) review(ctx context.Context, who object, namespace string, pair int, subresource string) (bool, error) {
	who["resourceAttributes"] = object{"group": "eoepca.org", "resource": "workspaces", "subresource": subresource,
		"verb": "get", "namespace": namespace, "name": pairName(pair)}
	body, err := json.Marshal(object{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": who})
	if err != nil {
		return false, err
	}
	var answer struct{ Status struct{ Allowed bool } }
	err = b.env.load.do(ctx, http.MethodPost, reviewPath, jsonBody, body, &answer)
	return answer.Status.Allowed, err
}
