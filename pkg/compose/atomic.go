package compose

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// atomicList names a list of the Datalab that is replaced as a whole there, and has items with keys and owners here.
type atomicList string

const (
	users    atomicList = "users"
	sessions atomicList = "sessions"
)

var atomicLists = []atomicList{users, sessions}

var atomicPaths = map[atomicList]fieldpath.Path{users: steps("spec.users"), sessions: steps("spec.sessions")}

func (l atomicList) path() fieldpath.Path { return atomicPaths[l] }

// differs compares the list of two Datalabs.
func (l atomicList) differs(before, after map[string]any) bool {
	path := fields("spec", string(l))
	return !equality.Semantic.DeepEqual(lookup(before, path), lookup(after, path))
}

// atomicOf answers the list that a row tells of; of members also the row of what they are beyond being users.
func atomicOf(row *Field) atomicList {
	switch {
	case row.Kind != Datalab:
	case row.Shape == First, row.Shape == Rest, row.Workspace == "spec.members":
		return users
	case row.Part == "spec.sessions":
		return sessions
	}
	return ""
}

// listLeaf is what can be owned of a list: an item, or a field of one. The owner of the Workspace is an item without a name.
type listLeaf struct{ item, field string }

// home answers where a path behind the rows of a list lies.
func (l atomicList) home(b *branch, rest fieldpath.Path) home {
	h := home{kind: Datalab}
	if b.rows[0].Shape == First {
		h.list, h.leaf = l, listLeaf{}
		return h
	}
	if len(rest) == 0 || rest[0].Key == nil {
		return h
	}
	h.list, h.leaf = l, listLeaf{item: keyOf(rest[0])}
	if len(rest) == 1 || isField(rest[1], b.rows[0].Keys[0]) || rest[1].FieldName == nil {
		return h
	}
	h.leaf.field = *rest[1].FieldName
	if l == users {
		// The role of a member that has no override is the user's.
		h.path = elementsOf([]string{"spec", "userOverrides", h.leaf.item, h.leaf.field})
	}
	return h
}

// lists is what the atomic lists of a Datalab hold, as far as owners do not tell it themselves.
type lists struct {
	// Owner is the first of the users; nil if the users are not told of.
	Owner *string `json:"owner,omitempty"`
	// Others are the users that are nobody's.
	Others []string `json:"others,omitempty"`
	// Sessions are the states of the sessions; nil if they are not told of.
	Sessions map[string]string `json:"sessions"`
}

// tellsOf says whether it is known what a list held.
func (l *lists) tellsOf(list atomicList) bool {
	switch {
	case l == nil:
		return false
	case list == users:
		return l.Owner != nil
	}
	return l.Sessions != nil
}

// held answers what a list held at a leaf.
func (l *lists) held(list atomicList, leaf listLeaf, known map[string]bool) (string, bool) {
	switch {
	case list == users && leaf.item == "":
		return *l.Owner, true
	case list == users:
		return "", known[leaf.item] || slices.Contains(l.Others, leaf.item)
	}
	state, found := l.Sessions[leaf.item]
	if leaf.field == "" {
		state = ""
	}
	return state, found
}

// listItem is something of a list that can be owned, with its path and value.
type listItem struct {
	listLeaf
	path  fieldpath.Path
	value string
}

// items answers what a list of a Datalab holds now.
func (l atomicList) items(content map[string]any) []listItem {
	all, _ := lookup(content, fields("spec", string(l))).([]any)
	var result []listItem
	add := func(collection, name, field, value string) {
		item := extend(elementsOf([]string{"spec", collection}), fieldpath.KeyElementByFields("name", name))
		if field != "" {
			result = append(result, listItem{listLeaf{name, field}, extend(item, fieldpath.FieldNameElement(field)), value})
			return
		}
		result = append(result, listItem{listLeaf{item: name}, item, ""}, listItem{listLeaf{item: name}, extend(item, fieldpath.FieldNameElement("name")), ""})
	}
	seen := map[string]bool{"": true}
	for i, value := range all {
		switch {
		case l == users && i == 0:
			owner, _ := value.(string)
			seen[owner] = true
			result = append(result, listItem{path: elementsOf([]string{"spec", "owner"}), value: owner})
		case l == users:
			name, _ := value.(string)
			if seen[name] {
				continue
			}
			seen[name] = true
			add("members", name, "", "")
			if lookup(content, fields("spec", "userOverrides", name, "role")) == nil {
				add("members", name, "role", "")
			}
		default:
			item, _ := value.(map[string]any)
			name, _ := item["name"].(string)
			if seen[name] {
				continue
			}
			seen[name] = true
			state, _ := item["state"].(string)
			add("sessions", name, "", "")
			add("sessions", name, "state", state)
		}
	}
	return result
}

// record notes what a list holds now.
func (l *lists) record(list atomicList, content map[string]any, known map[string]bool) {
	switch list {
	case users:
		l.Owner = new(string)
	case sessions:
		l.Sessions = map[string]string{}
	}
	for _, item := range list.items(content) {
		switch {
		case list == sessions && item.field == "state":
			l.Sessions[item.item] = item.value
		case list == users && item.item == "":
			l.Owner = &item.value
		case list == users && item.field == "" && !known[item.item] && !slices.Contains(l.Others, item.item):
			l.Others = append(l.Others, item.item)
		}
	}
}

// copy takes over what is told of a list.
func (l *lists) copy(list atomicList, from *lists) {
	switch {
	case from == nil:
	case list == users:
		l.Owner, l.Others = from.Owner, from.Others
	default:
		l.Sessions = from.Sessions
	}
}

// knownMembers are the members whom somebody owns.
func knownMembers(o owners) map[string]bool {
	known := map[string]bool{}
	for _, owner := range o {
		for path := range owner.fields.All() {
			if h := homeOf(path); h.list == users && h.leaf.item != "" && h.leaf.field == "" {
				known[h.leaf.item] = true
			}
		}
	}
	return known
}
