package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

const (
	parts      = "/apis/pkg.internal"
	storages   = parts + "/v1beta1/namespaces/" + namespace + "/storages"
	datalabs   = parts + "/v1beta2/namespaces/" + namespace + "/datalabs"
	workspaces = "/apis/eoepca.org/v1alpha1/namespaces/" + namespace + "/workspaces"

	// unrelated is the ConfigMap whose writes concern nobody, but move the cluster's revision.
	unrelated = "unrelated"

	seedWriters = 16
	day         = "2026-01-10T19:00:00Z"
)

type object = map[string]any

func pairName(i int) string { return fmt.Sprintf("ws-%05d", i) }

// seed makes the pairs from first up to n, as users and providers leave them: two managers each, with status. One is
// written through the API; the others are its copies under their own names, put where kube-apiserver keeps them: that
// is exactly what it would have put there, and it would have taken minutes.
func (e *environment) seed(ctx context.Context, first, n int) error {
	model := pairName(first)
	if err := seedPart(ctx, e.load, storages, storagePart(model), object{"conditions": conditions()}); err != nil {
		return err
	}
	if err := seedPart(ctx, e.load, datalabs, datalabPart(model), datalabStatus()); err != nil {
		return err
	}
	for path, key := range map[string]string{
		storages: "/registry/pkg.internal/storages/" + namespace + "/",
		datalabs: "/registry/pkg.internal/datalabs/" + namespace + "/",
	} {
		stored := object{}
		if err := e.load.get(ctx, path+"/"+model, &stored); err != nil {
			return err
		}
		if err := e.copyPart(ctx, stored, key, model, first+1, n); err != nil {
			return err
		}
	}
	return nil
}

// copyPart puts copies of a part into etcd, each with a write and so a revision of its own.
func (e *environment) copyPart(ctx context.Context, stored object, key, model string, first, n int) error {
	meta := stored["metadata"].(object)
	uid := meta["uid"].(string)
	delete(meta, "resourceVersion") // comes from etcd's revision, and is not stored
	text, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(seedWriters)
	for i := first; i < n && ctx.Err() == nil; i++ {
		group.Go(func() error {
			name := pairName(i)
			copied := bytes.ReplaceAll(text, []byte(model), []byte(name))
			copied = bytes.ReplaceAll(copied, []byte(uid), []byte(uuid.NewString()))
			put, err := json.Marshal(map[string][]byte{"key": []byte(key + name), "value": append(copied, '\n')})
			if err != nil {
				return err
			}
			return e.etcd.do(ctx, http.MethodPost, "/v3/kv/put", jsonBody, put, nil)
		})
	}
	return group.Wait()
}

func seedPart(ctx context.Context, c *client, path string, part, status object) error {
	body, err := json.Marshal(part)
	if err != nil {
		return err
	}
	if err := c.do(ctx, http.MethodPost, path+"?fieldManager=workspaces.eoepca.org", jsonBody, body, nil); err != nil {
		return err
	}
	return writeStatus(ctx, c, path, part["metadata"].(object)["name"].(string), status, nil)
}

// writeStatus writes a part's status as its provider does.
func writeStatus(ctx context.Context, c *client, path, name string, status object, into any) error {
	body, err := json.Marshal(object{"status": status})
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPatch, path+"/"+name+"/status?fieldManager=crossplane", mergePatch, body, into)
}

func metadata(name, kind string) object {
	return object{
		"name":        name,
		"namespace":   namespace,
		"annotations": object{kind + ".pkg.internal/environment": "datalab"},
		"finalizers":  []any{"composite.apiextensions.crossplane.io"},
	}
}

func crossplane(name, kind string) object {
	return object{
		"compositionRef":          object{"name": kind + "-datalab"},
		"compositionUpdatePolicy": "Automatic",
		"resourceRefs":            []any{object{"apiVersion": "kubernetes.m.crossplane.io/v1alpha1", "kind": "Object", "name": name + "-policy"}},
	}
}

func conditions() []any {
	return []any{
		object{"type": "Synced", "status": "True", "reason": "ReconcileSuccess", "lastTransitionTime": day, "observedGeneration": 1},
		object{"type": "Ready", "status": "True", "reason": "Available", "lastTransitionTime": day, "observedGeneration": 1},
	}
}

func storagePart(name string) object {
	meta := metadata(name, "storages")
	meta["labels"] = object{"storages.pkg.internal/discoverable": "true"}
	return object{
		"apiVersion": "pkg.internal/v1beta1", "kind": "Storage", "metadata": meta,
		"spec": object{
			"principal":  name,
			"crossplane": crossplane(name, "storages"),
			"buckets": []any{
				object{"bucketName": name, "discoverable": true},
				object{"bucketName": name + "-scratch", "lifecycleRules": []any{object{"target": "tmp/*", "mode": "Delete", "minAge": "2w"}}},
			},
			"bucketAccessRequests": []any{object{"bucketName": "ws-shared", "reason": "Sentinel-2 mosaics", "requestedAt": day}},
			"bucketAccessGrants":   []any{object{"bucketName": name, "grantee": "ws-eric", "permission": "ReadOnly", "grantedAt": day}},
		},
	}
}

func datalabPart(name string) object {
	return object{
		"apiVersion": "pkg.internal/v1beta2", "kind": "Datalab", "metadata": metadata(name, "datalabs"),
		"spec": object{
			"crossplane":    crossplane(name, "datalabs"),
			"secretName":    name,
			"users":         []any{"alice", "bob"},
			"userOverrides": object{"bob": object{"role": "admin", "grantedAt": day}},
			"sessions":      []any{object{"name": "default", "state": "stopped"}},
			"databases":     object{"pg0": object{"names": []any{"dev"}, "storage": "1Gi", "backupStorage": "10Gi"}},
			"registry":      object{"enabled": true},
			"quota":         object{"memory": "2Gi", "storage": "1Gi", "budget": "medium"},
		},
	}
}

func datalabStatus() object {
	return object{
		"conditions": conditions(),
		"sessions":   object{"default": object{"state": "stopped", "phase": "Stopped"}},
	}
}

// workspace is what a user sends to get such a pair.
func workspace(name string) object {
	return object{
		"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace",
		"metadata": object{"name": name, "namespace": namespace},
		"spec": object{
			"owner":   "alice",
			"members": []any{object{"name": "bob", "role": "Admin"}},
			"storage": object{
				"buckets": []any{
					object{"name": name, "discoverable": true},
					object{"name": name + "-scratch", "lifecycleRules": []any{object{"target": "tmp/*", "mode": "Delete", "minAge": "2w"}}},
				},
				"accessRequests": []any{object{"bucket": "ws-shared", "reason": "Sentinel-2 mosaics"}},
				"accessGrants":   []any{object{"bucket": name, "grantee": "ws-eric", "permission": "ReadOnly"}},
			},
			"sessions": []any{object{"name": "default", "state": "Stopped"}},
			"runtime":  object{"quota": object{"memory": "2Gi", "storage": "1Gi", "budget": "medium"}},
		},
	}
}
