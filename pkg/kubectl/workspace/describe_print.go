package workspace

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/liggitt/tabwriter"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/describe"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// none stands for what there is nothing of, as in kubectl describe.
const none = "<none>"

// describer writes in the manner of kubectl describe.
type describer struct{ describe.PrefixWriter }

// describeWorkspace writes all that is known.
func describeWorkspace(out io.Writer, k *known) error {
	tabs := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	d := describer{describe.NewPrefixWriter(tabs)}
	d.head(k)
	d.members(k)
	d.storage(k)
	d.shares(k)
	d.sessions(k)
	d.stores(k)
	d.runtime(k.Spec.Runtime)
	d.usage(k)
	d.status(k)
	d.events(k)
	return tabs.Flush()
}

func (d describer) field(level int, name, format string, args ...any) {
	d.Write(level, "%s:\t%s\n", name, fmt.Sprintf(format, args...))
}

// line is a field that is not aligned with those around it.
func (d describer) line(level int, name, value string) { d.Write(level, "%s:  %s\n", name, value) }

// table writes a titled table; without rows it says so.
func (d describer) table(level int, title string, columns []string, rows [][]string) {
	if len(rows) == 0 {
		d.line(level, title, none)
		return
	}
	d.Write(level, "%s:\n", title)
	underline := make([]string, len(columns))
	for i, column := range columns {
		underline[i] = strings.Repeat("-", len(column))
	}
	for _, row := range slices.Concat([][]string{columns, underline}, rows) {
		d.Write(level+1, "%s\n", strings.Join(row, "\t"))
	}
}

// pairs writes labels or annotations, one a line.
func (d describer) pairs(title, separator string, values map[string]string) {
	if len(values) == 0 {
		d.field(0, title, none)
		return
	}
	for i, key := range sortedKeys(values) {
		if i > 0 {
			title = ""
		} else {
			title += ":"
		}
		d.Write(0, "%s\t%s%s%s\n", title, key, separator, oneLine(values[key]))
	}
}

func (d describer) head(k *known) {
	d.field(0, "Name", "%s", k.Name)
	d.field(0, "Namespace", "%s", k.Namespace)
	d.pairs("Labels", "=", k.Labels)
	d.pairs("Annotations", ": ", described(k.Annotations))
	d.field(0, "Created", "%s", k.moment(&k.CreationTimestamp))
	if k.DeletionTimestamp != nil {
		d.field(0, "Deleting", "since %s", k.moment(k.DeletionTimestamp))
	}
	if len(k.Finalizers) > 0 {
		d.field(0, "Finalizers", "%s", strings.Join(k.Finalizers, ", "))
	}
	if len(k.OwnerReferences) > 0 {
		owners := make([]string, 0, len(k.OwnerReferences))
		for _, owner := range k.OwnerReferences {
			owners = append(owners, owner.Kind+"/"+owner.Name)
		}
		d.field(0, "Controlled By", "%s", strings.Join(owners, ", "))
	}
	d.field(0, "Owner", "%s", orNone(k.Spec.Owner))
	d.field(0, "Environment", "%s", orNone(k.Spec.Environment))
	d.field(0, "Generation", "%d, the providers have seen %d", k.Generation, k.Status.ObservedGeneration)
}

func (d describer) members(k *known) {
	var rows [][]string
	for _, m := range k.Spec.Members {
		rows = append(rows, []string{m.Name, string(m.Role), k.ageOf(m.GrantedAt)})
	}
	d.table(0, "Members", []string{"Name", "Role", "Since"}, rows)
}

func (d describer) storage(k *known) {
	s := k.Spec.Storage
	d.Write(0, "Storage:\n")
	d.field(1, "Principal", "%s", orNone(s.Principal))
	rollover := "never"
	if s.CredentialsRollover != nil && s.CredentialsRollover.Interval != v1alpha1.RolloverNone {
		rollover = fmt.Sprintf("%s, %d stay valid", s.CredentialsRollover.Interval, s.CredentialsRollover.MaxToKeep)
	}
	d.field(1, "Keys Replaced", "%s", rollover)
	var buckets, requests, grants [][]string
	for _, b := range s.Buckets {
		buckets = append(buckets, []string{b.Name, yesNo(b.Discoverable), lifecycle(b.LifecycleRules)})
	}
	for _, r := range s.AccessRequests {
		requests = append(requests, []string{r.Bucket, k.ageOf(r.RequestedAt), oneLine(r.Reason)})
	}
	for _, g := range s.AccessGrants {
		grants = append(grants, []string{g.Bucket, g.Grantee, string(g.Permission), k.ageOf(g.GrantedAt)})
	}
	d.table(1, "Buckets", []string{"Name", "Discoverable", "Lifecycle"}, buckets)
	d.table(1, "Access Requests", []string{"Bucket", "Since", "Reason"}, requests)
	d.table(1, "Access Grants", []string{"Bucket", "Grantee", "Permission", "Since"}, grants)
}

// shares tells what has become of requests and grants, those that wait first of all.
func (d describer) shares(k *known) {
	if k.sharing == nil {
		d.line(0, "Sharing", k.remark("sharing"))
		return
	}
	columns := []string{"Bucket", "Workspace", "State", "Permission", "Since", "Reason"}
	d.Write(0, "Sharing:\n")
	d.table(1, "Asked of This Workspace", columns, k.shareRows(k.sharing.Incoming))
	d.table(1, "Asked of Others", columns, k.shareRows(k.sharing.Outgoing))
}

func (k *known) shareRows(shares []v1alpha1.BucketShare) (rows [][]string) {
	for _, s := range waitingFirst(shares) {
		with := s.Workspace
		if with == "" {
			with = s.Grantee
		}
		since := s.RequestedAt
		if since == nil {
			since = s.DecidedAt
		}
		text := s.Reason
		if s.Message != "" {
			text = strings.TrimPrefix(text+"; "+s.Message, "; ")
		}
		rows = append(rows, []string{s.Bucket, with, string(s.State), orDash(string(s.Permission)), k.ageOf(since), oneLine(text)})
	}
	return rows
}

func (d describer) sessions(k *known) {
	var rows [][]string
	for _, s := range k.Spec.Sessions {
		status := k.session(s.Name)
		rows = append(rows, []string{s.Name, string(s.State), orDash(status.Phase), orDash(status.URL), oneLine(status.Message)})
	}
	for _, s := range k.undeclared() {
		rows = append(rows, []string{s.Name, "(not declared)", orDash(s.Phase), orDash(s.URL), oneLine(s.Message)})
	}
	d.table(0, "Sessions", []string{"Name", "State", "Phase", "URL", "Message"}, rows)
}

func (d describer) stores(k *known) {
	var rows [][]string
	for _, s := range stores(k.Spec.Stores) {
		rows = append(rows, []string{s.kind, s.name, orDash(s.storage), orDash(s.backup), strings.Join(s.databases, ", ")})
	}
	d.table(0, "Stores", []string{"Type", "Name", "Storage", "Backup", "Databases"}, rows)
}

func (d describer) usage(k *known) {
	if k.usage == nil {
		d.line(0, "Usage", k.remark("usage"))
		return
	}
	d.line(0, "Usage", k.used()+"; volumes: "+strconv.Itoa(len(k.usage.Storage.Claims)))
}

// used is how much of the quota the volumes take.
func (k *known) used() string {
	u := k.usage.Storage
	if u.Quota == nil || u.Remaining == nil {
		return u.Requested.String() + ", no quota"
	}
	return u.Requested.String() + " of " + u.Quota.String() + ", " + u.Remaining.String() + " left"
}

func (d describer) status(k *known) {
	var conditions, parts [][]string
	for _, c := range k.Status.Conditions {
		conditions = append(conditions, []string{c.Type, string(c.Status), c.Reason, k.age(c.LastTransitionTime), oneLine(c.Message)})
	}
	for _, p := range k.Status.Parts {
		present := "yes"
		if p.UID == "" {
			present = "no"
		}
		parts = append(parts, []string{p.Kind, p.APIVersion, present, oneLine(p.Message)})
	}
	d.table(0, "Conditions", []string{"Type", "Status", "Reason", "Since", "Message"}, conditions)
	d.table(0, "Parts", []string{"Kind", "Version", "Present", "Message"}, parts)
}

func (d describer) events(k *known) {
	switch {
	case k.hidden["events"] != "":
		d.line(0, "Events", k.remark("events"))
	case k.events != nil:
		list := &corev1.EventList{Items: slices.Clone(k.events.Items)}
		for i := range list.Items {
			// Which of the three an event is on says more than who tells it.
			list.Items[i].Message = list.Items[i].InvolvedObject.Kind + ": " + oneLine(list.Items[i].Message)
		}
		describe.DescribeEvents(list, d.PrefixWriter)
	}
}

// remark says why something is missing.
func (k *known) remark(what string) string { return "<hidden: " + k.hidden[what] + ">" }

// undeclared are the sessions that the provider still has.
func (k *known) undeclared() (gone []v1alpha1.SessionStatus) {
	for _, status := range k.Status.Sessions {
		if !slices.ContainsFunc(k.Spec.Sessions, func(s v1alpha1.Session) bool { return s.Name == status.Name }) {
			gone = append(gone, status)
		}
	}
	return gone
}

// moment is a time as kubectl describe writes it, and how long ago that was.
func (k *known) moment(t *metav1.Time) string {
	if t.IsZero() {
		return "<unknown>"
	}
	return t.UTC().Format(time.RFC1123Z) + " (" + k.age(*t) + ")"
}
