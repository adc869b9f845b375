package compose

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// Who owns a field of a Workspace is told by two records of the part that holds the field.
//
// The part's own managedFields, which kube-apiserver keeps, tell this server (Manager) from everybody else. A field that
// somebody else owns there is his on the Workspace too.
//
// ManagedFieldsAnnotation tells for whom this server wrote: the managers of the Workspace, with the paths that the part is home
// of. It counts only for fields that this server still owns on the part. So a direct write takes a field from all of them,
// and a shared field is owned on the part by this server beside the other.
//
// The lists that are atomic on the part (see atomic.go) have one owner there, and keys here: for them the annotation also
// says what they held, and only what differs from it belongs to who wrote the list.

// Manager is the name under which this server writes parts.
const Manager = "workspaces.eoepca.org"

// ownerID tells the entries of managedFields apart.
type ownerID struct {
	manager, apiVersion, subresource string
	operation                        metav1.ManagedFieldsOperationType
}

// owner is an entry of managedFields.
type owner struct {
	time   *metav1.Time
	fields *fieldpath.Set
}

type owners map[ownerID]*owner

func idOf(entry *metav1.ManagedFieldsEntry) ownerID {
	return ownerID{entry.Manager, entry.APIVersion, entry.Subresource, entry.Operation}
}

// decodeOwners leaves out entries that cannot be read: they own nothing.
func decodeOwners(entries []metav1.ManagedFieldsEntry) owners {
	all := make(owners, len(entries))
	for i := range entries {
		if set, ok := decodeFields(entries[i].FieldsV1); ok {
			all.add(idOf(&entries[i]), entries[i].Time, set)
		}
	}
	return all
}

func decodeFields(fields *metav1.FieldsV1) (*fieldpath.Set, bool) {
	set := &fieldpath.Set{}
	if fields == nil {
		return set, true
	}
	return set, set.FromJSON(fields.GetRawReader()) == nil
}

// add gives an owner more fields. The later time counts.
func (o owners) add(id ownerID, time *metav1.Time, fields *fieldpath.Set) {
	known := o[id]
	if known == nil {
		o[id] = &owner{time: time, fields: fields}
		return
	}
	known.fields = known.fields.Union(fields)
	known.time = later(known.time, time)
}

func later(a, b *metav1.Time) *metav1.Time {
	if a == nil || b != nil && b.After(a.Time) {
		return b
	}
	return a
}

// own says whether an owner has a path.
func (o owners) own(id ownerID, path fieldpath.Path) bool {
	known := o[id]
	return known != nil && known.fields.Has(path)
}

// anyOwns says whether somebody has a path.
func (o owners) anyOwns(path fieldpath.Path) bool {
	for _, known := range o {
		if known.fields.Has(path) {
			return true
		}
	}
	return false
}

// only answers the owners of those paths that fit.
func (o owners) only(fits func(ownerID, fieldpath.Path) bool) owners {
	result := owners{}
	for id, known := range o {
		set := fieldpath.NewSet()
		for path := range known.fields.All() {
			if fits(id, path) {
				set.Insert(path)
			}
		}
		if !set.Empty() {
			result[id] = &owner{time: known.time, fields: set}
		}
	}
	return result
}

// same compares owners and what they own, but not since when.
func (o owners) same(other owners) bool {
	if len(o) != len(other) {
		return false
	}
	for id, known := range o {
		if other[id] == nil || !known.fields.Equals(other[id].fields) {
			return false
		}
	}
	return true
}

func (o owners) encode() []metav1.ManagedFieldsEntry {
	var entries []metav1.ManagedFieldsEntry
	for id, known := range o {
		raw, err := known.fields.ToJSON()
		if err != nil {
			continue // these paths came as JSON: they cannot fail to become JSON
		}
		entries = append(entries, metav1.ManagedFieldsEntry{
			Manager: id.manager, Operation: id.operation, APIVersion: id.apiVersion, Subresource: id.subresource,
			Time: known.time, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(string(raw)),
		})
	}
	sortEntries(entries)
	return entries
}

// sortEntries brings entries into the order in which every API server shows them.
func sortEntries(entries []metav1.ManagedFieldsEntry) {
	slices.SortFunc(entries, func(a, b metav1.ManagedFieldsEntry) int {
		return cmp.Or(
			cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(seconds(a.Time), seconds(b.Time)),
			cmp.Compare(a.Manager, b.Manager),
			cmp.Compare(a.APIVersion, b.APIVersion),
			cmp.Compare(a.Subresource, b.Subresource),
		)
	})
}

func seconds(time *metav1.Time) int64 {
	if time == nil {
		return 0
	}
	return time.Unix()
}

// kept is the value of ManagedFieldsAnnotation: for whom this server wrote the part.
type kept struct {
	Owners []metav1.ManagedFieldsEntry `json:"owners,omitempty"`
	// Lists is what the atomic lists of a Datalab held when Owners last told of them.
	Lists *lists `json:"lists,omitempty"`
	// Whole says that Owners of a Storage tell of the Datalab as well, because there was none to tell itself.
	Whole bool `json:"whole,omitempty"`
}

// readKept reads the annotation. Before each part had its own, a Storage had one for both, which was a plain list.
func readKept(value string) (kept, error) {
	var k kept
	if value == "" {
		return k, nil
	}
	text, err := unpack(value)
	if err != nil {
		return k, err
	}
	if strings.HasPrefix(text, "[") {
		k.Whole = true
		return k, json.Unmarshal([]byte(text), &k.Owners)
	}
	return k, json.Unmarshal([]byte(text), &k)
}

func (k kept) encode() string {
	data, err := json.Marshal(k)
	if err != nil {
		return "" // it came as JSON: it cannot fail to become JSON
	}
	return pack(string(data))
}

// servedID is the owner on the Workspace that an owner on a part is.
func servedID(id ownerID) ownerID {
	id.apiVersion = v1alpha1.SchemeGroupVersion.String()
	return id
}
