package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The grammar of walks: texts with choices, <one|or the other>, and names of other texts in capitals. What the control has no
// word for is not drawn: see docs/parity.md. So the principal, the environment, an owner and the first bucket are in every body, as what
// the parts have defaults for is; empty values are not, since Go leaves them out; and members come with the time of their grant.
var grammar = map[string]string{
	"BOB":   "{name: bob, <role: Admin, |role: User, |>SINCE}",
	"CAROL": "{name: carol, <role: Admin, |role: User, |>SINCE}",
	"EVE":   "{name: eve, <role: Admin, |role: User, |>SINCE}",
	"SINCE": "grantedAt: '2026-01-10T19:00:00Z'",
	"STATE": "<, state: Started|, state: Stopped|>",
	"RULES": "<|, lifecycleRules: [{target: a, mode: Delete, minAge: <1d|2w>}<|, {target: b/*, mode: Notify, at: '2030-01-01T00:00:00Z'}>]>",
	"GRANT": "bucket: NAME-$NS, permission: <ReadOnly|ReadWrite|None>, SINCE",
	"SHOWN": "<|, discoverable: true|, discoverable: false>",
	"ASKED": "requestedAt: '2026-01-10T19:00:00Z'",
	"OWNER": "ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: anchor, uid: ANCHOR<|, controller: true, blockOwnerDeletion: true>}]",

	"SPEC": `<owner: <alice|dave>|members: <[BOB]|[CAROL, BOB]|[BOB, CAROL]|[EVE, BOB, CAROL]>|sessions: <[{name: mainSTATE}]|[{name: moreSTATE}, {name: mainSTATE}]|[{name: mainSTATE}, {name: thirdSTATE}]>
		|stores: {caches: <[{name: a, storage: <1Gi|2Gi>}]|[{name: a, storage: 1Gi}, {name: b, storage: <1Gi|1024Mi>}]>}
		|stores: {databases: <[{name: pg0, databases: <[dev]|[prod, dev]>, storage: <1Gi|2Gi>}]|[{name: pg0, databases: [dev]}, {name: pg1, databases: [x]}]>}|stores: {documents: [{name: d, storage: <10Gi|20Gi>}]}
		|storage: {buckets: [{name: NAME-$NSSHOWNRULES}<|, {name: NAME-$NS-moreSHOWN}>]}|storage: {accessGrants: <[{grantee: eric, GRANT}]|[{grantee: zoe, GRANT}, {grantee: eric, GRANT}]>}
		|storage: {accessRequests: <[{bucket: other-$NS, reason: <why|maps>, ASKED}]|[{bucket: third-$NS, ASKED}, {bucket: other-$NS, ASKED}]>}|storage: {credentialsRollover: {interval: <Weekly|Daily><|, maxToKeep: 2>}}
		|runtime: {vcluster: <true|false>}|runtime: {secretName: <|other->NAME}|runtime: {quota: {memory: <2Gi|2048Mi>, budget: <small|medium>}}|runtime: {quota: {storage: 1Gi}}|runtime: {registry: {storage: <5Gi|6Gi>}}
		|runtime: {security: {policy: <baseline|restricted>, kubernetesAccess: true}}|runtime: {persistence: {storageClassName: <fast|slow>}}
		|runtime: {files: <[{path: a, git: {url: 'https://example.org/a', ref: main}}]|[{image: {url: example.org/i}}, {path: h, http: {url: 'https://example.org/h'}, includePaths: [b, a]}]>}>`,
	"META": `<labels: {watched: 'yes'}|labels: {watched: 'no', tier: <gold|silver>}|labels: {tier: silver, example.org/x: z}|annotations: {note: <first|second>, more: text}|finalizers: [example.org/a<|, example.org/b>]|finalizers: [example.org/b]|OWNER>`,
	"GONE": `<spec: {members: null}|spec: {stores: null}|spec: {sessions: null}|spec: {storage: {accessGrants: null}}|spec: {storage: {accessRequests: null}}|spec: {storage: {credentialsRollover: null}}
		|spec: {runtime: {<quota|security|persistence|files|secretName>: null}}|metadata: {labels: {<watched|tier>: null}}|metadata: {annotations: {note: null}}|metadata: {finalizers: null}|metadata: {ownerReferences: null}>`,
	"WRONG": `<spec: {members: [{name: bob, role: Boss, SINCE}]}|spec: {sessions: [{name: main, state: Asleep}]}|spec: {sessions: [{name: main}, {name: main}]}|spec: {members: [{SINCE}]}|metadata: {namespace: default}
		|spec: {runtime: {quota: {budget: huge}}}|spec: {colour: red}|metadata: {colour: red}|shade: dark|spec: {runtime: {hue: {a: b}}}>`,
	"SERVERS": `metadata: {<generation: 99|creationTimestamp: null|creationTimestamp: '2020-01-01T00:00:00Z'|namespace: null|managedFields: null|generateName: x-|selfLink: x|labels: null|annotations: null>}`,
	"VERSION": `metadata: {<resourceVersion: null|resourceVersion: '999999999'|uid: null>}`,
	"CHANGE":  `<spec: {SPEC}|spec: {SPEC}|spec: {SPEC}|metadata: {META}|metadata: {META}|GONE>`,

	"OP": `{"op":<"test","path":"/spec/owner","value":"alice"|"test","path":"/spec/runtime/quota","value":null|"replace","path":"/spec/owner","value":"<alice|dave>"|"remove","path":"/spec/members/1"
		|"add","path":"/spec/members/<0|->","value":{"name":"<bob|fred>","grantedAt":"2026-01-10T19:00:00Z"}|"replace","path":"/spec/members/0/role","value":"<Admin|User>"|"replace","path":"/spec/sessions/0/state","value":"<Started|Stopped>"
		|"replace","path":"/spec/sessions/1","value":{"name":"<other|main>"}|"remove","path":"/spec/sessions/1"|"move","from":"/spec/sessions/1","path":"/spec/sessions/0"|"copy","from":"/spec/owner","path":"/metadata/labels/owner"
		|"add","path":"/metadata/labels","value":{"watched":"yes","tier":"gold"}|"move","from":"/metadata/labels/tier","path":"/metadata/labels/moved"|"remove","path":"/metadata/<labels|annotations/note|finalizers|managedFields>"
		|"add","path":"/metadata/finalizers/-","value":"example.org/c"|"<add|replace>","path":"/spec/runtime/quota","value":{"memory":"4Gi"}|"replace","path":"/spec/runtime/quota/memory","value":"3Gi"|"remove","path":"/spec/<runtime/quota|stores|members>"
		|"add","path":"/spec/stores","value":{"caches":[{"name":"a","storage":"3Gi"}]}|"add","path":"/spec/storage/buckets/0/discoverable","value":true|"remove","path":"/spec/storage/buckets/0/lifecycleRules">}`,
	"FIELDS": `<[{}]|null|[{"manager":"other","operation":"Update","apiVersion":"$GROUP/v1alpha1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:owner":{}}}}]>`,

	"MANAGER":    "<|<|&dryRun=All>&fieldManager=<first|second|third>>",
	"VALIDATION": "<||&fieldValidation=<Strict|Warn|Ignore>>",
	"SELECTED":   "<|&labelSelector=watched%3Dyes|&labelSelector=tier+notin+(gold)|&fieldSelector=spec.owner%3Dalice|&fieldSelector=metadata.name%21%3Done>",
	"AT":         "<|&resourceVersion=0<|&resourceVersionMatch=NotOlderThan>|&resourceVersion=PAST<|&resourceVersionMatch=<Exact|NotOlderThan>>>",
	"POLICY":     `<|,"gracePeriodSeconds":<0|30>|,"propagationPolicy":"<Background|Foreground|Orphan>"><|||,"dryRun":["All"]>`,
	"CHECKED":    `"preconditions":{<"uid":"UID"|"resourceVersion":"PAST"|"uid":"UID","resourceVersion":"PAST">}`,
}

// applied is what every applier applies.
const applied = `
apiVersion: $GROUP/v1alpha1
kind: Workspace
metadata: {name: NAME}
spec: {environment: datalab, owner: alice, storage: {principal: NAME-$NS, buckets: [{name: NAME-$NS}]}, runtime: {vcluster: false, registry: {enabled: true}, data: {enabled: true, readOnlyMount: false}}}
`

var (
	choice = regexp.MustCompile(`<[^<>]*>`)
	symbol = regexp.MustCompile(strings.Join(slices.Sorted(maps.Keys(grammar)), "|"))
)

// draw draws one of what a text may become, for the workspace that a step is about.
func (w *walker) draw(text, name string) string {
	for symbol.MatchString(text) {
		text = symbol.ReplaceAllStringFunc(text, func(s string) string { return grammar[s] })
	}
	for choice.MatchString(text) {
		text = choice.ReplaceAllStringFunc(text, func(c string) string {
			of := strings.Split(c[1:len(c)-1], "|")
			return strings.TrimSpace(of[w.IntN(len(of))])
		})
	}
	uid, version := "11111111-2222-3333-4444-555555555555", "1"
	if strings.Contains(text, "UID") || strings.Contains(text, "PAST") {
		if n := len(w.bodies); n > 0 {
			meta := w.bodies[w.IntN(n)]["metadata"].(object)
			uid, version = meta["uid"].(string), meta["resourceVersion"].(string)
		}
	}
	w.dry = w.dry || strings.Contains(text, "dryRun")
	return strings.NewReplacer("NAME", name, "ANCHOR", w.anchor, "UID", uid, "PAST", version).Replace(text)
}

// draws are several draws, now and then with something wrong among them.
func (w *walker) draws(text, name string, most int) []string {
	var all []string
	for range w.IntN(most) + 1 {
		all = append(all, w.draw(text, name))
	}
	if w.IntN(8) == 0 {
		all = append(all, w.draw("WRONG", name))
	}
	return all
}

// merged is several YAML texts as one merge patch.
func (w *walker) merged(changes []string) object {
	out := object{}
	for _, change := range changes {
		mergeInto(out, w.yaml(change))
	}
	return out
}

func mergeInto(to, from object) {
	for key, value := range from {
		inner, ok := value.(object)
		if was, both := to[key].(object); ok && both {
			mergeInto(was, inner)
			continue
		}
		to[key] = value
	}
}

// sortStores brings stores into the order in which a Workspace keeps them.
func sortStores(stores object) {
	for _, list := range stores {
		items, _ := list.([]any)
		slices.SortStableFunc(items, func(a, b any) int {
			return strings.Compare(fmt.Sprint(a.(object)["name"]), fmt.Sprint(b.(object)["name"]))
		})
	}
}
