package compose

import (
	"encoding/binary"
	"hash/maphash"
	"maps"
	"slices"
	"sync/atomic"
	"unsafe"
	"weak"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Most events of a part are about its status and leave its owners alone. What was found out about them is therefore
// remembered, by a hash of all that it was found out from. It changes no answer, only what it costs; and the memory is
// bounded: a newer answer takes the place of an older one, and one that no workspace has any more is forgotten.
//
// The hash is taken for what it was made of. It has 64 bits and a seed that is the process's own, so nobody can look for two
// parts of one hash, and a part meets one other hash at a time: once in 2^64 looks it would be shown the owners of another.

const memoSize = 1 << 15

var seed = maphash.MakeSeed()

// digest hashes what an answer depends on.
type digest struct{ maphash.Hash }

func newDigest(what string) *digest {
	d := &digest{}
	d.SetSeed(seed)
	d.text(what)
	return d
}

// text tells where a text ends: two texts are not what they are together.
func (d *digest) text(text string) {
	d.number(int64(len(text)))
	_, _ = d.WriteString(text) // A hash never fails.
}

func (d *digest) bytes(bytes []byte) {
	d.number(int64(len(bytes)))
	_, _ = d.Write(bytes)
}

func (d *digest) number(n int64) {
	var bytes [8]byte
	binary.LittleEndian.PutUint64(bytes[:], uint64(n))
	_, _ = d.Write(bytes[:])
}

func (d *digest) entries(entries []metav1.ManagedFieldsEntry) {
	d.number(int64(len(entries)))
	for i := range entries {
		e := &entries[i]
		d.text(e.Manager)
		d.text(string(e.Operation))
		d.text(e.APIVersion)
		d.text(e.Subresource)
		d.number(seconds(e.Time))
		d.bytes(e.FieldsV1.GetRawBytes())
	}
}

func (d *digest) texts(texts map[string]string) {
	d.number(int64(len(texts)))
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		d.text(key)
		d.text(texts[key])
	}
}

// part hashes all of a part that its owners depend on. Its generation stands for its spec.
func (d *digest) part(meta *metav1.ObjectMeta) {
	d.text(string(meta.UID))
	d.number(meta.Generation)
	d.text(meta.GenerateName)
	d.texts(meta.Labels)
	d.texts(meta.Annotations)
	d.number(int64(len(meta.Finalizers)))
	for _, finalizer := range meta.Finalizers {
		d.text(finalizer)
	}
	d.entries(meta.ManagedFields)
}

// remembered are owners that were found out.
var remembered [memoSize]atomic.Pointer[memory]

type memory struct {
	sum   uint64
	count int
	first weak.Pointer[metav1.ManagedFieldsEntry] // kept by the workspaces that have the entries
}

func newMemory(sum uint64, entries []metav1.ManagedFieldsEntry) *memory {
	m := &memory{sum: sum, count: len(entries)}
	if m.count > 0 {
		m.first = weak.Make(&entries[0])
	}
	return m
}

// recall answers the entries, if somebody has them still.
func (m *memory) recall(sum uint64) (entries []metav1.ManagedFieldsEntry, ok bool) {
	if m == nil || m.sum != sum {
		return nil, false
	}
	if m.count == 0 {
		return nil, true
	}
	first := m.first.Value()
	if first == nil {
		return nil, false
	}
	return unsafe.Slice(first, m.count), true
}

// remember answers what was found out before, or finds it out. What is noted of a part has to be noted each time.
func (c *composition) remember(d *digest, find func() []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	sum := d.Sum64()
	slot := &remembered[sum%memoSize]
	if entries, ok := slot.Load().recall(sum); ok {
		return entries
	}
	entries := find()
	if !c.illegible {
		slot.Store(newMemory(sum, entries))
	}
	return entries
}

// undisputed are the sums of managedFields that were found to tell of nobody else.
var undisputed [memoSize]atomic.Uint64

// fieldSets are encoded sets of fields, of which most parts have the same few.
var fieldSets [1 << 10]atomic.Pointer[metav1.FieldsV1]

// shared answers an equal set that other parts may have too. Nobody changes it.
func shared(set *metav1.FieldsV1) *metav1.FieldsV1 {
	if set == nil {
		return nil
	}
	slot := &fieldSets[maphash.Bytes(seed, set.GetRawBytes())%uint64(len(fieldSets))]
	if known := slot.Load(); known != nil && known.Equal(*set) {
		return known
	}
	slot.Store(set)
	return set
}
