package access

import (
	"context"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// visible selects, of what another selector selects, what a viewer may see.
type visible struct {
	fields.Selector
	to viewer
}

var _ fields.Selector = visible{}

func (s visible) Matches(set fields.Fields) bool {
	return s.to.sees(set.Get(ReadersField), set.Get("metadata.name")) && s.Selector.Matches(set)
}

// Empty is false, so that nothing is counted that is not selected.
func (s visible) Empty() bool { return false }

func (s visible) Transform(fn fields.TransformFunc) (fields.Selector, error) {
	inner, err := s.Selector.Transform(fn)
	return visible{inner, s.to}, err
}

func (s visible) DeepCopySelector() fields.Selector {
	return visible{s.Selector.DeepCopySelector(), s.to}
}

// narrow makes a predicate select only what the caller may see.
func (f *Filter) narrow(ctx context.Context, p storage.SelectionPredicate) storage.SelectionPredicate {
	if p.Label == nil {
		p.Label = labels.Everything()
	}
	if p.Field == nil {
		p.Field = fields.Everything()
	}
	caller, _ := genericapirequest.UserFrom(ctx)
	p.Field = visible{p.Field, newViewer(caller)}
	return p
}

// listPage lists one page. Of a selecting list, a token to continue with would say only that there is more, and so that
// hidden workspaces exist; so one item more is asked for, and the token is given when that is there.
func (f *Filter) listPage(ctx context.Context, key string, opts storage.ListOptions, out *eoepca.WorkspaceList) error {
	limit := opts.Predicate.Limit
	if limit <= 0 {
		return f.Interface.GetList(ctx, key, opts, out)
	}
	opts.Predicate.Limit++
	if err := f.Interface.GetList(ctx, key, opts, out); err != nil {
		return err
	}
	// The cache answers in full at "any version".
	if int64(len(out.Items)) <= limit || out.Continue == "" && opts.ResourceVersion == "0" {
		out.Continue = ""
		return nil
	}
	out.Items = out.Items[:limit]
	rv, err := f.Versioner().ParseResourceVersion(out.ResourceVersion)
	if err != nil {
		return err
	}
	last := &out.Items[limit-1]
	out.Continue, err = storage.EncodeContinue(f.prefix+"/"+last.Namespace+"/"+last.Name+"\x00", key, int64(rv))
	return err
}
