package compose

import (
	"encoding/binary"
	"hash/maphash"
	"maps"
	"slices"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Most events of a part are about its status and leave its owners alone. What was found out about them is therefore
// remembered, by a hash of all that it was found out from. It changes no answer, only what it costs; and the memory is
// bounded: a newer answer takes the place of an older one.

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
	d.texts(meta.Labels)
	d.texts(meta.Annotations)
	for _, finalizer := range meta.Finalizers {
		d.text(finalizer)
	}
	d.entries(meta.ManagedFields)
}

// remembered are owners that were found out.
var remembered [memoSize]atomic.Pointer[memory]

type memory struct {
	sum     uint64
	entries []metav1.ManagedFieldsEntry
}

// remember answers what was found out before, or finds it out. What is noted of a part has to be noted each time.
func (c *composition) remember(d *digest, find func() []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	sum := d.Sum64()
	slot := &remembered[sum%memoSize]
	if known := slot.Load(); known != nil && known.sum == sum {
		return known.entries
	}
	entries := find()
	if !c.illegible {
		slot.Store(&memory{sum, entries})
	}
	return entries
}

// undisputed are the sums of managedFields that were found to tell of nobody else.
var undisputed [memoSize]atomic.Uint64
