package workspace

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// deepest is how far down composed resources are followed: composites may be composed of composites.
const deepest = 6

// reference names an object.
type reference struct{ apiVersion, kind, namespace, name string }

// composition finds out what a workspace is composed of.
type composition struct {
	*known
	mapper meta.RESTMapper
	client dynamic.Interface
	seen   map[reference]bool
	// hidden are remarks on what could not be read.
	hidden []string
}

func (c *composition) workspace(ctx context.Context) *node {
	ready, state, message := util.Readiness(c.Workspace)
	root := &node{
		Kind: "Workspace", APIVersion: v1alpha1.SchemeGroupVersion.String(), Namespace: c.Namespace, Name: c.Name,
		Ready: map[bool]string{true: "True", false: "False"}[ready], Status: state,
	}
	if message != "" {
		root.Status += " " + parenthesis(message)
	}
	for _, part := range c.Status.Parts {
		c.seen[reference{part.APIVersion, part.Kind, c.Namespace, part.Name}] = true
	}
	for _, part := range c.Status.Parts {
		root.Children = append(root.Children, c.part(ctx, part))
	}
	return root
}

func (c *composition) part(ctx context.Context, part v1alpha1.Part) *node {
	n := &node{Kind: part.Kind, APIVersion: part.APIVersion, Namespace: c.Namespace, Name: part.Name}
	if part.UID == "" {
		n.Status = strings.TrimRight("Missing "+parenthesis(part.Message), " ")
		return n
	}
	if condition := meta.FindStatusCondition(c.Status.Conditions, part.Kind+v1alpha1.ConditionReady); condition != nil {
		n.Ready, n.Status = string(condition.Status), strings.TrimRight(condition.Reason+" "+parenthesis(condition.Message), " ")
	}
	if part.Kind == "Storage" {
		for _, b := range c.Spec.Storage.Buckets {
			n.Children = append(n.Children, &node{Kind: "bucket", Name: b.Name})
		}
	} else {
		n.Children = append(n.Children, c.datalab()...)
	}
	composed, err := c.composedOf(ctx, reference{part.APIVersion, part.Kind, c.Namespace, part.Name}, 0)
	if err != nil {
		c.hidden = append(c.hidden, fmt.Sprintf("What the %s is composed of is hidden: %s.", part.Kind, why(err)))
	}
	n.Children = append(n.Children, composed...)
	return n
}

func (c *composition) datalab() (children []*node) {
	for _, s := range c.Spec.Sessions {
		status := c.session(s.Name)
		n := &node{Kind: "session", Name: s.Name, Status: status.Phase}
		switch {
		case status.Phase == "Running":
			n.Ready = "True"
		case s.State != v1alpha1.SessionStopped:
			n.Ready = "False"
		case n.Status == "":
			n.Status = string(v1alpha1.SessionStopped)
		}
		if status.Message != "" {
			n.Status = strings.TrimLeft(n.Status+" "+parenthesis(status.Message), " ")
		}
		children = append(children, n)
	}
	for _, s := range stores(c.Spec.Stores) {
		children = append(children, &node{Kind: s.kind, Name: s.name, Status: s.storage})
	}
	return children
}

// composedOf reads an object and answers what it refers to as composed, and so on.
func (c *composition) composedOf(ctx context.Context, of reference, depth int) ([]*node, error) {
	object, err := c.read(ctx, of)
	if err != nil {
		return nil, err
	}
	return c.children(ctx, object, depth), nil
}

func (c *composition) children(ctx context.Context, object *unstructured.Unstructured, depth int) (children []*node) {
	if depth == deepest {
		return nil
	}
	for _, ref := range references(object) {
		if c.seen[ref] {
			continue
		}
		c.seen[ref] = true
		n := &node{Kind: ref.kind, APIVersion: ref.apiVersion, Namespace: ref.namespace, Name: ref.name}
		composed, err := c.read(ctx, ref)
		switch {
		case apierrors.IsNotFound(err):
			n.Ready, n.Status = "False", "Missing"
		case err != nil:
			n.Ready, n.Status = "Unknown", "hidden: "+why(err)
		default:
			n.Ready, n.Status = condition(composed)
			n.Children = c.children(ctx, composed, depth+1)
		}
		children = append(children, n)
	}
	return children
}

func (c *composition) read(ctx context.Context, ref reference) (*unstructured.Unstructured, error) {
	version, err := schema.ParseGroupVersion(ref.apiVersion)
	if err != nil {
		return nil, err
	}
	mapping, err := c.mapper.RESTMapping(schema.GroupKind{Group: version.Group, Kind: ref.kind}, version.Version)
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return c.client.Resource(mapping.Resource).Get(ctx, ref.name, metav1.GetOptions{})
	}
	return c.client.Resource(mapping.Resource).Namespace(ref.namespace).Get(ctx, ref.name, metav1.GetOptions{})
}

// references are those that Crossplane keeps of what it has composed; under spec.crossplane since its version 2.
func references(object *unstructured.Unstructured) (refs []reference) {
	for _, path := range [][]string{{"spec", "crossplane", "resourceRefs"}, {"spec", "resourceRefs"}} {
		list, _, _ := unstructured.NestedSlice(object.Object, path...) // another type is none of ours
		for _, item := range list {
			fields, ok := item.(map[string]any)
			if !ok {
				continue
			}
			ref := reference{text(fields, "apiVersion"), text(fields, "kind"), text(fields, "namespace"), text(fields, "name")}
			if ref.namespace == "" {
				ref.namespace = object.GetNamespace()
			}
			if ref.kind != "" && ref.name != "" {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

// condition is what an object says of its readiness: of Synced as long as that is not True.
func condition(object *unstructured.Unstructured) (ready, status string) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, wanted := range []string{"Synced", "Ready", "Available"} {
		for _, item := range conditions {
			fields, ok := item.(map[string]any)
			if !ok || text(fields, "type") != wanted {
				continue
			}
			ready, status = text(fields, "status"), strings.TrimRight(text(fields, "reason")+" "+parenthesis(text(fields, "message")), " ")
			if ready != "True" {
				return ready, status
			}
		}
	}
	return ready, status
}

func text(fields map[string]any, name string) string {
	value, _ := fields[name].(string)
	return value
}
