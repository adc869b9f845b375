package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// normaliser makes the answers of two APIs comparable: what must differ (group, uids, versions, times) gets a name that says
// which it is of those that have been seen. Nothing else is taken away, but four things that are compared by behaviours of
// their own: the status, which providers write, and warnings about it and the spec, of which a custom resource knows nothing; what names the kind in the items of a list, and an empty token; the columns of tables; and from
// where to where a generation grows, of which what is compared else is whether it does.
type normaliser struct {
	group, ns   string
	words       []string // texts, each followed by what stands for it
	uids        map[string]string
	versions    map[string]string
	generations []float64
	// What is compared as it is.
	keepStatus, keepKinds, keepColumns, keepGenerations, keepRepeats bool
	// each is shown each object first, if not nil.
	each func(object)
}

var (
	uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// Versions, keys of the storage, and objects in full, as messages quote them.
	versionInText = regexp.MustCompile(`(current: |ResourceVersion in (?:object meta|precondition): |the ResourceVersion in the precondition \(|ResourceVersion in record \(|too old resource version: \d+ \()\d+`)
	keyInText     = regexp.MustCompile(`Key: \S*/workspaces/`)
	// Warnings by which a Workspace says more than a schema can.
	ownWarning = regexp.MustCompile(`^299 - "(status|spec\.[^ ]*): `)
	// Go names a scheme after the place in the source code that makes it.
	schemeInText = regexp.MustCompile(`scheme "[^"]*\.go:\d+"`)
	// Media types that are not offered for Workspaces: see the behaviour of protobuf.
	binaryInText = regexp.MustCompile(`, application/vnd\.kubernetes\.protobuf(;stream=watch)?`)
	objectInText = regexp.MustCompile(`Invalid value: "\{.*\}": `)
)

// answer is an answer in a word or two, and in full.
func (n *normaliser) answer(a *answer) step {
	mediaType, parameters, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	delete(parameters, "charset")
	lines := []string{fmt.Sprintf("%d %s", a.code, strings.TrimSpace(mime.FormatMediaType(mediaType, parameters)))}
	for _, warning := range a.header.Values("Warning") {
		if n.keepStatus || !ownWarning.MatchString(warning) {
			lines = append(lines, "Warning: "+n.text(warning))
		}
	}
	short := fmt.Sprint(a.code)
	var content any
	if err := json.Unmarshal(a.body, &content); err != nil {
		full := strings.Join(append(lines, n.text(string(a.body))), "\n")
		return step{short, full, full}
	}
	o, _ := content.(object)
	if o["kind"] == "Status" && o["reason"] != nil {
		short += " " + fmt.Sprint(o["reason"])
	}
	full := strings.Join(append(lines, pretty(n.value(content))), "\n")
	if o["kind"] == "Status" {
		return step{short, full, full}
	}
	return step{short, full, strings.Join(append(lines, n.identity(o)), "\n")}
}

// identity is what objects of two kinds have in common.
func (n *normaliser) identity(o object) string {
	meta, _ := o["metadata"].(object)
	out := n.text(fmt.Sprintf("%v %v", o["kind"], meta["name"]))
	if meta["deletionTimestamp"] != nil {
		out += ", terminating"
	}
	return out
}

func pretty(v any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(out.String())
}

func (n *normaliser) value(v any) any {
	switch v := v.(type) {
	case string:
		return n.text(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = n.value(item)
		}
		return out
	case object:
		return n.object(v)
	}
	return v
}

func (n *normaliser) object(o object) object {
	if o["kind"] == "Table" && !n.keepColumns {
		o = nameColumn(o)
	}
	if o["kind"] == "WorkspaceList" && !n.keepKinds {
		o = nameKinds(o)
	}
	if n.each != nil {
		n.each(o)
	}
	out := object{}
	for _, key := range keys(o) {
		switch {
		case key == "status" && o["kind"] == "Workspace" && !n.keepStatus:
		case key == "metadata":
			out[key] = n.metadata(o[key], o)
		case key == "managedFields":
			out[key] = n.managedFields(o[key])
		case key == "details" && n.group == "":
			out[key] = n.value(ofGroup(o[key]))
		case key == "causes" && o[key] != nil:
			out[key] = conflictsInOrder(n.value(o[key]))
		default:
			out[n.text(key)] = n.value(o[key])
		}
	}
	return out
}

// keys in order: names are given in the order of what is seen.
func keys(o object) []string {
	out := make([]string, 0, len(o))
	for key := range o {
		out = append(out, key)
	}
	sort.Strings(out)
	return out
}

func (n *normaliser) metadata(v any, of object) any {
	o, ok := v.(object)
	if !ok {
		return n.value(v)
	}
	out := n.object(o)
	for _, field := range []string{"creationTimestamp", "deletionTimestamp"} {
		if text, ok := o[field].(string); ok && text != "" {
			out[field] = "TIME"
		}
	}
	if generation, ok := o["generation"].(float64); ok && !n.keepGenerations {
		out["generation"] = n.generation(generation)
	}
	if text, ok := o["continue"].(string); ok && text != "" {
		out["continue"] = "TOKEN"
	} else if !n.keepKinds {
		delete(out, "continue")
	}
	if text, ok := o["resourceVersion"].(string); ok && text != "" {
		out["resourceVersion"] = "VERSION"
		_, isList := of["items"]
		if _, named := o["name"]; named && !isList {
			out["resourceVersion"] = label(&n.versions, "version", text)
		}
	}
	return out
}

func (n *normaliser) managedFields(v any) any {
	entries, _ := v.([]any)
	out := []string{}
	for _, entry := range entries {
		e, ok := entry.(object)
		if !ok {
			return v
		}
		delete(e, "time")
		out = append(out, string(mustJSON(n.value(e))))
	}
	sort.Strings(out) // the server's order is that of times
	return out
}

func (n *normaliser) text(text string) string {
	text = strings.NewReplacer(n.words...).Replace(text)
	if n.group != "" {
		text = strings.ReplaceAll(text, n.group, "GROUP")
	}
	if len(text) > 4*long { // nobody reads more
		text = fmt.Sprintf("%s… (%d bytes) …%s", text[:long], len(text), text[len(text)-long:])
	}
	text = keyInText.ReplaceAllString(text, "Key: KEY/workspaces/")
	text = objectInText.ReplaceAllString(text, "Invalid value: OBJECT: ")
	text = versionInText.ReplaceAllString(text, "${1}VERSION")
	text = binaryInText.ReplaceAllString(text, "")
	text = schemeInText.ReplaceAllString(text, `scheme "SCHEME"`)
	return uuid.ReplaceAllStringFunc(text, func(id string) string { return label(&n.uids, "uid", id) })
}

// long is how much of a long text is told at each end.
const long = 500

// generation is the name of a generation, and tells when it goes back.
func (n *normaliser) generation(g float64) string {
	i := slices.Index(n.generations, g)
	switch {
	case i < 0 && len(n.generations) > 0 && g < n.generations[len(n.generations)-1]:
		return fmt.Sprintf("generation %v after %v", g, n.generations)
	case i < 0:
		i = len(n.generations)
		n.generations = append(n.generations, g)
	}
	return fmt.Sprintf("generation %d", i+1)
}

// label is the name of a value: which of those of its sort it is.
func label(seen *map[string]string, sort, value string) string {
	if *seen == nil {
		*seen = map[string]string{}
	}
	if (*seen)[value] == "" {
		(*seen)[value] = fmt.Sprintf("%s %d", sort, len(*seen)+1)
	}
	return (*seen)[value]
}

// conflictsInOrder sorts the causes of a conflict of field managers, which the server tells in random order.
func conflictsInOrder(v any) any {
	causes, _ := v.([]any)
	if len(causes) > 0 && causes[0].(object)["reason"] == "FieldManagerConflict" {
		slices.SortFunc(causes, func(a, b any) int { return bytes.Compare(mustJSON(a), mustJSON(b)) })
	}
	return v
}

// ofGroup names a group in the details of an error that concerns a kind of the group without a name.
func ofGroup(details any) any {
	if o, _ := details.(object); o["kind"] != nil && o["group"] == nil {
		o["group"] = "GROUP"
	}
	return details
}

// nameKinds says in each item of a list what it is, as lists of custom resources do.
func nameKinds(list object) object {
	items, _ := list["items"].([]any)
	for _, item := range items {
		if o, ok := item.(object); ok && o["kind"] == nil {
			o["kind"], o["apiVersion"] = "Workspace", list["apiVersion"]
		}
	}
	return list
}

// nameColumn leaves a table its first column.
func nameColumn(table object) object {
	first := func(v any) any {
		if all, _ := v.([]any); len(all) > 1 {
			return all[:1]
		}
		return v
	}
	if _, there := table["columnDefinitions"]; there {
		table["columnDefinitions"] = first(table["columnDefinitions"])
	}
	rows, _ := table["rows"].([]any)
	for _, row := range rows {
		if o, ok := row.(object); ok {
			o["cells"] = first(o["cells"])
		}
	}
	return table
}
