package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	kjson "sigs.k8s.io/json"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// partKind is one of the two kinds that workspaces are composed of.
type partKind int

const (
	storageKind partKind = iota
	datalabKind
	numKinds
)

func (k partKind) String() string { return [...]string{"Storage", "Datalab"}[k] }
func (k partKind) resource() string {
	return [...]string{"storages", "datalabs"}[k]
}
func (k partKind) composed() compose.Kind {
	return [...]compose.Kind{compose.Storage, compose.Datalab}[k]
}
func (k partKind) other() partKind { return 1 - k }

func (k partKind) groupVersion() schema.GroupVersion {
	return [...]schema.GroupVersion{storagev1beta1.SchemeGroupVersion, datalabv1beta2.SchemeGroupVersion}[k]
}

// part is what both kinds' Go types have in common.
type part interface {
	runtime.Object
	metav1.Object
}

func (k partKind) new() part {
	if k == storageKind {
		return &storagev1beta1.Storage{}
	}
	return &datalabv1beta2.Datalab{}
}

func (k partKind) newList() runtime.Object {
	if k == storageKind {
		return &storagev1beta1.StorageList{}
	}
	return &datalabv1beta2.DatalabList{}
}

// document is a part as it was read: decoded into its Go type, and in full, with every field that the Go type does
// not know.
type document struct {
	part
	raw []byte
}

// rv is the part's resourceVersion; 0 for an absent part.
func (d *document) rv() uint64 {
	if d == nil {
		return 0
	}
	return revisionOf(d.part)
}

// content is a fresh copy of the part in full.
func (d *document) content() (map[string]any, error) {
	content := map[string]any{}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(d.raw, &content); err != nil {
		return nil, fmt.Errorf("decode a part: %w", err)
	}
	return content, nil
}

func revisionOf(obj metav1.Object) uint64 {
	rv, err := strconv.ParseUint(obj.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0
	}
	return rv
}

func formatRevision(rv uint64) string { return strconv.FormatUint(rv, 10) }

// partClient speaks to kube-apiserver about one kind.
type partClient struct {
	kind partKind
	rest rest.Interface

	writing atomic.Int32 // how many writes are under way whose events will prove progress
}

func newPartClients(config *rest.Config) ([numKinds]*partClient, error) {
	scheme := runtime.NewScheme()
	var clients [numKinds]*partClient
	for _, add := range []func(*runtime.Scheme) error{storagev1beta1.AddToScheme, datalabv1beta2.AddToScheme} {
		if err := add(scheme); err != nil {
			return clients, err
		}
	}
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	codecs := serializer.NewCodecFactory(scheme).WithoutConversion()
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return clients, fmt.Errorf("client for the parts: %w", err)
	}
	for kind := range numKinds {
		gv := kind.groupVersion()
		partConfig := rest.CopyConfig(config)
		partConfig.GroupVersion = &gv
		partConfig.APIPath = "/apis"
		partConfig.NegotiatedSerializer = codecs
		partConfig.WarningHandler = rest.NoWarnings{} // meant for who writes parts himself
		partConfig.ContentType = runtime.ContentTypeJSON
		partConfig.AcceptContentTypes = runtime.ContentTypeJSON
		client, err := rest.RESTClientForConfigAndClient(partConfig, httpClient)
		if err != nil {
			return clients, fmt.Errorf("client for %s: %w", kind.resource(), err)
		}
		clients[kind] = &partClient{kind: kind, rest: client}
	}
	return clients, nil
}

// answer is the body of an answer, or the error that it tells: Result.Raw knows of an error no more than its code. That the kind is
// not served, which no Status tells, says of a Datalab that it is not there, and nothing of a Storage: who takes a workspace for gone
// collects what depends on it.
func (c *partClient) answer(result rest.Result) ([]byte, error) {
	err := result.Error()
	switch {
	case c.kind == storageKind && apierrors.IsNotFound(err) && apierrors.IsUnexpectedServerError(err):
		return nil, errNoStorages
	case err != nil:
		return nil, err
	}
	return result.Raw()
}

func (c *partClient) decode(raw []byte, err error) (*document, error) {
	if err != nil {
		return nil, err
	}
	doc := &document{part: c.kind.new(), raw: raw}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, doc.part); err != nil {
		return nil, fmt.Errorf("decode a %s: %w", c.kind, err)
	}
	slim(doc.part)
	return doc, nil
}

// slim drops what composing never reads and what would otherwise be the greater half of a part.
func slim(p part) {
	switch p.(type) {
	case *storagev1beta1.Storage:
		compose.Slim(compose.Storage, p)
	case *datalabv1beta2.Datalab:
		compose.Slim(compose.Datalab, p)
	}
}

// get reads the part live. A part that is not there is nil.
func (c *partClient) get(ctx context.Context, namespace, name string) (*document, error) {
	return c.getKnown(ctx, namespace, name, nil)
}

// getKnown is get for who knows a version of the part already: most often it still is what is there, and then it need not
// be decoded once more.
func (c *partClient) getKnown(ctx context.Context, namespace, name string, known part) (*document, error) {
	raw, err := c.answer(c.rest.Get().Namespace(namespace).Resource(c.kind.resource()).Name(name).Do(ctx))
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err == nil && known != nil && versionOf(raw) == known.GetResourceVersion():
		return &document{part: known, raw: raw}, nil
	}
	return c.decode(raw, err)
}

// versionOf is the resourceVersion of an encoded part; empty if it has none.
func versionOf(raw []byte) string {
	var of struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &of); err != nil {
		return ""
	}
	return of.Metadata.ResourceVersion
}

// getExact reads the part as it was at a revision: a LIST by name at an exact version is served from etcd's history.
func (c *partClient) getExact(ctx context.Context, namespace, name string, rv uint64) (*document, error) {
	raw, err := c.answer(c.rest.Get().Namespace(namespace).Resource(c.kind.resource()).
		Param("fieldSelector", "metadata.name="+name).
		Param("resourceVersion", formatRevision(rv)).
		Param("resourceVersionMatch", string(metav1.ResourceVersionMatchExact)).
		Do(ctx))
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("decode a list of %s: %w", c.kind.resource(), err)
	}
	if len(list.Items) == 0 {
		return nil, nil
	}
	return c.decode(list.Items[0], nil)
}

// list reads all parts of a namespace (all, if empty) as they were at a revision.
func (c *partClient) list(ctx context.Context, namespace string, rv uint64) ([]part, error) {
	list := c.kind.newList()
	err := c.rest.Get().NamespaceIfScoped(namespace, namespace != "").Resource(c.kind.resource()).
		Param("resourceVersion", formatRevision(rv)).
		Param("resourceVersionMatch", string(metav1.ResourceVersionMatchExact)).
		Do(ctx).Into(list)
	if err != nil {
		return nil, err
	}
	var parts []part
	err = meta.EachListItem(list, func(obj runtime.Object) error {
		p := detach(obj.(part))
		slim(p)
		parts = append(parts, p)
		return nil
	})
	return parts, err
}

// detach copies an item out of its list, which would be kept in memory as a whole as long as one item of it is.
func detach(p part) part {
	switch item := p.(type) {
	case *storagev1beta1.Storage:
		own := *item
		return &own
	case *datalabv1beta2.Datalab:
		own := *item
		return &own
	}
	return p
}

// currentRevision is a revision that holds every write of this kind which had ended before the call.
func (c *partClient) currentRevision(ctx context.Context) (uint64, error) {
	list := &metav1.PartialObjectMetadataList{}
	raw, err := c.answer(c.rest.Get().Resource(c.kind.resource()).Param("limit", "1").
		SetHeader("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1").Do(ctx))
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(raw, list); err != nil {
		return 0, fmt.Errorf("decode a list of %s: %w", c.kind.resource(), err)
	}
	return strconv.ParseUint(list.ResourceVersion, 10, 64)
}

// watch follows all parts of the kind after a revision. The server ends the watch after the timeout.
func (c *partClient) watch(ctx context.Context, rv uint64, timeout time.Duration) (watch.Interface, error) {
	return c.rest.Get().Resource(c.kind.resource()).
		Param("watch", "true").
		Param("allowWatchBookmarks", "true").
		Param("resourceVersion", formatRevision(rv)).
		Param("timeoutSeconds", strconv.Itoa(int(timeout/time.Second))).
		Watch(ctx)
}

func (c *partClient) create(ctx context.Context, namespace string, content map[string]any, dryRun bool) (*document, error) {
	body, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode a %s: %w", c.kind, err)
	}
	request := c.rest.Post().Namespace(namespace).Resource(c.kind.resource())
	return c.write(ctx, writeOptions(request, runtime.ContentTypeJSON, dryRun).Body(body), dryRun)
}

// patch sends what differs between two contents of a part as a merge patch. It applies only to the uid and, unless it is
// a dry run, to the resourceVersion of the first.
func (c *partClient) patch(ctx context.Context, namespace, name string, before, after map[string]any, dryRun bool) (*document, error) {
	body, err := mergePatch(before, after, !dryRun)
	if err != nil {
		return nil, fmt.Errorf("patch a %s: %w", c.kind, err)
	}
	request := c.rest.Patch(types.MergePatchType).Namespace(namespace).Resource(c.kind.resource()).Name(name)
	return c.write(ctx, writeOptions(request, string(types.MergePatchType), dryRun).Body(body), dryRun)
}

func (c *partClient) write(ctx context.Context, request *rest.Request, dryRun bool) (*document, error) {
	if !dryRun {
		c.writing.Add(1)
		defer c.writing.Add(-1)
	}
	return c.decode(c.answer(request.Do(ctx)))
}

func writeOptions(request *rest.Request, contentType string, dryRun bool) *rest.Request {
	request = request.Param("fieldManager", compose.Manager).SetHeader("Content-Type", contentType)
	if dryRun {
		request = request.Param("dryRun", metav1.DryRunAll)
	}
	return request
}

// delete deletes the part in the foreground: it stays visible until its dependents are gone. The answer is nil when it
// went at once.
func (c *partClient) delete(ctx context.Context, namespace, name string, options metav1.DeleteOptions) (*document, error) {
	options.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "DeleteOptions"}
	body, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	raw, err := c.answer(c.rest.Delete().Namespace(namespace).Resource(c.kind.resource()).Name(name).
		SetHeader("Content-Type", runtime.ContentTypeJSON).Body(body).Do(ctx))
	if err != nil {
		return nil, err
	}
	var kind metav1.TypeMeta
	if err := json.Unmarshal(raw, &kind); err != nil || kind.Kind != c.kind.String() {
		return nil, err
	}
	return c.decode(raw, nil)
}
