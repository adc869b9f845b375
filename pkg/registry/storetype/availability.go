package storetype

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Why a type of store is available or not.
const (
	reasonInstalled       = "OperatorInstalled"
	reasonDisabled        = "Disabled"
	reasonNoDatalab       = "DatalabNotInstalled"
	reasonUnsupported     = "DatalabUnsupported"
	reasonNoOperator      = "OperatorNotInstalled"
	reasonOperatorLeaving = "OperatorTerminating"
	reasonUnknown         = "OperatorUnknown"
)

// Datalabs tells what the cluster's Datalab kind has room for.
type Datalabs interface {
	// DatalabInstalled tells whether there is the kind at all.
	DatalabInstalled() bool
	// DatalabHolds tells whether the kind has a field for stores of a type.
	DatalabHolds(storeType string) bool
}

// Config is what store types are computed from.
type Config struct {
	// Disabled says whether stores of a type are refused by the server's configuration, and in which words.
	Disabled  func(storeType string) (bool, string)
	Datalabs  Datalabs
	Operators *Operators
}

// Types answers which types of stores can be had.
type Types struct {
	config Config
}

// New returns the types of stores.
func New(config Config) *Types { return &Types{config: config} }

// Available tells whether a workspace may have new stores of a type, and if not, why. What cannot be known is taken for
// unavailable: a refusal that says what to mend is better than a store that never comes.
func (t *Types) Available(name string) (bool, string) {
	each, found := find(name)
	if !found {
		return false, "there is no such type of stores"
	}
	status, _ := t.status(each)
	return status.Available, status.Message
}

// status answers as well since when the operator is there.
func (t *Types) status(each storeType) (eoepca.StoreTypeStatus, metav1.Time) {
	d := t.config.Operators.watched[each.operator]
	known, failure := d.known()
	since, leaving := d.installed()
	no := func(reason, message string, args ...any) (eoepca.StoreTypeStatus, metav1.Time) {
		return eoepca.StoreTypeStatus{Reason: reason, Message: fmt.Sprintf(message, args...)}, since
	}
	if disabled, why := t.config.Disabled(each.name); disabled {
		return no(reasonDisabled, "%s", why)
	}
	switch {
	case !t.config.Datalabs.DatalabInstalled():
		return no(reasonNoDatalab, "they need the Datalab kind, which this cluster does not have")
	case !t.config.Datalabs.DatalabHolds(each.name):
		return no(reasonUnsupported, "the Datalab kind of this cluster knows no %s: install a newer provider", each.name)
	case failure != nil:
		return no(reasonUnknown, "whether the operator of %s is installed cannot be seen: let the server get, list and watch the "+
			"CustomResourceDefinition %s", each.engine, each.operator)
	case !known:
		return no(reasonUnknown, "whether the operator of %s is installed is not known yet: try again", each.engine)
	case since.IsZero():
		return no(reasonNoOperator, "the operator of %s is not installed: the cluster has no CustomResourceDefinition %s", each.engine, each.operator)
	case leaving:
		return no(reasonOperatorLeaving, "the operator of %s is being removed, with its CustomResourceDefinition %s", each.engine, each.operator)
	}
	return eoepca.StoreTypeStatus{Available: true, Reason: reasonInstalled, Message: fmt.Sprintf("the operator of %s is installed", each.engine)}, since
}
