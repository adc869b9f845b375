// Package storage implements k8s.io/apiserver's storage.Interface over the two parts of a workspace, its Storage and its
// Datalab, so that a join of two custom resources behaves as exactly as etcd does: reads are cuts at one revision, the
// watch is one ordered stream that every replica emits alike, writes change both parts or none.
//
// The files: parts talks to kube-apiserver about one kind; cut and read make exact reads; stream, merge and watch make
// the ordered watch; fence proves progress; create, update and delete write; intent finishes what a crash left open;
// kinds follows the coming and going of the kinds. What a Workspace is made of is decided in
// pkg/compose alone; what users may do, in pkg/registry.
package storage
