package workspace

import (
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// mark says at a glance how something is.
type mark struct {
	sign  string
	paint func(util.Style, string) string
}

var (
	good    = mark{"✔", util.Style.Good}
	bad     = mark{"✗", util.Style.Bad}
	pending = mark{"◌", util.Style.Warn}
	off     = mark{"○", util.Style.Faint}
	plain   = mark{}
)

// entry is a line of the dashboard: a mark and cells.
type entry struct {
	mark
	cells []string
}

// block is a part of the dashboard: a title with a summary, and entries that are aligned with each other.
type block struct {
	title   string
	mark    mark // of the summary
	summary string
	entries []entry
}

// dashboard is what there is to see of a workspace, the most important first.
func dashboard(k *known) []block {
	blocks := []block{header(k), conditionsBlock(k)}
	for _, b := range []block{sessionsBlock(k), storageBlock(k), storesBlock(k), membersBlock(k), sharingBlock(k), usageBlock(k)} {
		if b.summary != "" || len(b.entries) > 0 {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

func header(k *known) block {
	ready, state, message := util.Readiness(k.Workspace)
	m := bad
	switch {
	case ready:
		m = good
	case state == "Waiting", state == "Updating", k.DeletionTimestamp != nil:
		m = pending
	}
	what := []string{"namespace " + k.Namespace}
	if k.Spec.Owner != "" {
		what = append(what, "owner "+k.Spec.Owner)
	}
	if k.Spec.Environment != "" {
		what = append(what, "environment "+k.Spec.Environment)
	}
	what = append(what, "age "+k.age(k.CreationTimestamp))
	return block{title: k.Name, mark: off, summary: strings.Join(what, ", "), entries: []entry{{m, []string{strings.TrimRight(state+"  "+oneLine(message), " ")}}}}
}

func conditionsBlock(k *known) block {
	b := block{title: "Parts"}
	for _, c := range k.Status.Conditions {
		if c.Type == v1alpha1.ConditionReady {
			continue // the header says it
		}
		m := map[metav1.ConditionStatus]mark{metav1.ConditionTrue: good, metav1.ConditionFalse: bad}[c.Status]
		if m.sign == "" {
			m = pending
		}
		b.entries = append(b.entries, entry{m, []string{strings.TrimSuffix(c.Type, v1alpha1.ConditionReady), c.Reason, k.age(c.LastTransitionTime), oneLine(c.Message)}})
	}
	for _, p := range k.Status.Parts {
		if p.UID == "" {
			b.entries = append(b.entries, entry{off, []string{p.Kind, "Missing", "", oneLine(p.Message)}})
		}
	}
	return b
}

func sessionsBlock(k *known) block {
	b := block{title: "Sessions"}
	running := 0
	for _, s := range k.Spec.Sessions {
		status := k.session(s.Name)
		m, phase := pending, status.Phase
		switch {
		case phase == "Running":
			m = good
			running++
		case s.State == v1alpha1.SessionStopped && (phase == "" || phase == "Stopped"):
			m, phase = off, "Stopped"
		case phase == "Failed", phase == "Error":
			m = bad
		case phase == "":
			phase = "Waiting"
		}
		b.entries = append(b.entries, entry{m, []string{s.Name, phase, strings.TrimRight(status.URL+"  "+oneLine(status.Message), " ")}})
	}
	for _, s := range k.undeclared() {
		b.entries = append(b.entries, entry{pending, []string{s.Name, s.Phase, "not declared any longer"}})
	}
	if len(b.entries) > 0 {
		b.summary = fmt.Sprintf("%d of %d running", running, len(k.Spec.Sessions))
	}
	return b
}

func storageBlock(k *known) block {
	s := k.Spec.Storage
	b := block{title: "Storage", summary: count(len(s.Buckets), "bucket")}
	for _, bucket := range s.Buckets {
		var what []string
		if bucket.Discoverable != nil && *bucket.Discoverable {
			what = append(what, "discoverable")
		}
		if n := len(bucket.LifecycleRules); n > 0 {
			what = append(what, count(n, "lifecycle rule"))
		}
		if n := grantsOf(s.AccessGrants, bucket.Name); n > 0 {
			what = append(what, "shared with "+strconv.Itoa(n))
		}
		b.entries = append(b.entries, entry{plain, []string{bucket.Name, strings.Join(what, ", ")}})
	}
	return b
}

func grantsOf(grants []v1alpha1.AccessGrant, bucket string) (n int) {
	for _, g := range grants {
		if g.Bucket == bucket && g.Permission != v1alpha1.PermissionNone {
			n++
		}
	}
	return n
}

func storesBlock(k *known) block {
	b := block{title: "Stores"}
	for _, s := range stores(k.Spec.Stores) {
		what := s.storage
		if s.backup != "" {
			what += ", backup " + s.backup
		}
		b.entries = append(b.entries, entry{plain, []string{s.kind + "/" + s.name, what, strings.Join(s.databases, ", ")}})
	}
	return b
}

func membersBlock(k *known) block {
	names := make([]string, 0, len(k.Spec.Members))
	for _, m := range k.Spec.Members {
		name := m.Name
		if m.Role == v1alpha1.MemberRoleAdmin {
			name += " (Admin)"
		}
		names = append(names, name)
	}
	return block{title: "Members", summary: strings.Join(names, ", ")}
}

func sharingBlock(k *known) block {
	b := block{title: "Sharing"}
	if k.sharing == nil {
		b.mark, b.summary = off, "hidden: "+k.hidden["sharing"]
		return b
	}
	incoming, outgoing := waiting(k.sharing.Incoming), waiting(k.sharing.Outgoing)
	for _, s := range incoming {
		b.entries = append(b.entries, entry{pending, []string{s.Bucket, "asked for by " + s.Grantee, oneLine(s.Reason)}})
	}
	for _, s := range outgoing {
		b.entries = append(b.entries, entry{pending, []string{s.Bucket, "asked of " + orDash(s.Workspace), oneLine(s.Reason)}})
	}
	if n := len(incoming); n > 0 {
		b.mark, b.summary = pending, count(n, "request")+" to decide"
	}
	return b
}

func usageBlock(k *known) block {
	if k.usage == nil {
		return block{title: "Usage", mark: off, summary: "hidden: " + k.hidden["usage"]}
	}
	return block{title: "Usage", summary: k.used()}
}
