package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"sigs.k8s.io/yaml"
)

// behaviour is something that clients rely on: requests, whose answers are recorded.
type behaviour struct {
	verb, name string
	do         func(x *experiment)
	// reads says that nothing is written: the behaviour uses the shared namespace.
	reads bool
	// builtin is the kind that is asked too; none if nil.
	builtin *kind
}

func (b behaviour) String() string { return b.verb + ": " + b.name }

// does is a behaviour that writes.
func does(verb, name string, do func(x *experiment)) behaviour {
	return behaviour{verb: verb, name: name, do: do}
}

// reads is a behaviour that reads what furnish has made.
func reads(verb, name string, do func(x *experiment)) behaviour {
	return behaviour{verb: verb, name: name, do: do, reads: true}
}

// experiment is a behaviour as it runs against one API.
type experiment struct {
	ctx     context.Context
	api     *api
	builtin bool // the API is that of a built-in kind
	ns      string
	norm    normaliser
	log     observation
	trace   func(request string) // is told of each request, if not nil
}

// observation is what was recorded, normalised.
type observation struct {
	steps  []step
	failed error // the behaviour could not be shown at all
}

// step is one recorded answer: in a word or two, in full, and what two kinds with other fields have in common.
type step struct{ short, full, common string }

// failure ends a behaviour whose preparation failed.
type failure struct{ error }

// observe runs a behaviour against one API.
func observe(ctx context.Context, b behaviour, a *api, ns string) (o observation) {
	x := a.experiment(ctx, ns)
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case failure:
			x.log.failed = thrown
		default:
			panic(thrown)
		}
		o = x.log
	}()
	b.do(x)
	return x.log
}

func (a *api) experiment(ctx context.Context, ns string) *experiment {
	x := &experiment{ctx: ctx, api: a, ns: ns, norm: normaliser{group: a.group, ns: ns, words: a.words}, builtin: slices.Contains(builtins, a.kind)}
	if len(a.group) > 6 { // messages quote the beginnings of bodies as hexadecimal numbers
		x.norm.words = append([]string{fmt.Sprintf("%x", a.group[:6]), "GROUP"}, x.norm.words...)
	}
	if a.cluster {
		x.norm.words = append([]string{ns + "-", ""}, x.norm.words...)
	}
	return x
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// object is the content of an object, short to write.
type object = map[string]any

func (x *experiment) fill(text string) string { return x.api.fill(text, x.ns) }

// open sends a request, and leaves the answer's body to be read.
func (x *experiment) open(client *http.Client, method, path string, body any, headers ...string) *http.Response {
	content := x.encode(body)
	if x.trace != nil {
		x.trace(strings.Join(append([]string{method, path, string(content)}, headers...), " "))
	}
	req, err := http.NewRequestWithContext(x.ctx, method, x.api.host+x.api.url(path, x.ns), bytes.NewReader(content))
	if err != nil {
		panic(failure{err})
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "parity/1")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		panic(failure{err})
	}
	return resp
}

func (x *experiment) encode(body any) []byte {
	switch body := body.(type) {
	case nil:
		return nil
	case []byte:
		return body
	case string:
		return []byte(x.fill(body))
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(failure{err})
	}
	return text
}

// request sends a request that is not recorded.
func (x *experiment) request(method, path string, body any, headers ...string) *answer {
	return x.requestAs(x.api.http, method, path, body, headers...)
}

func (x *experiment) requestAs(client *http.Client, method, path string, body any, headers ...string) *answer {
	resp := x.open(client, method, path, body, headers...)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(failure{err})
	}
	return &answer{code: resp.StatusCode, header: resp.Header, body: text}
}

// must sends a request that prepares the behaviour, and is not recorded.
func (x *experiment) must(method, path string, body any, headers ...string) *answer {
	a := x.request(method, path, body, headers...)
	if a.code >= 400 {
		panic(failure{fmt.Errorf("%s %s: %d %.500s", method, path, a.code, a.body)})
	}
	return a
}

// send sends a request and records the answer.
func (x *experiment) send(method, path string, body any, headers ...string) *answer {
	return x.record(x.request(method, path, body, headers...))
}

func (x *experiment) record(a *answer) *answer {
	x.log.steps = append(x.log.steps, x.norm.answer(a))
	return a
}

// note records something that is not an answer.
func (x *experiment) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	x.tell(text, text)
}

// tell records something in short and in full.
func (x *experiment) tell(short, full string) {
	x.log.steps = append(x.log.steps, step{short, full, full})
}

func (x *experiment) get(path string, headers ...string) *answer {
	return x.send(http.MethodGet, path, nil, headers...)
}

func (x *experiment) post(path string, body any, headers ...string) *answer {
	return x.send(http.MethodPost, path, body, headers...)
}

func (x *experiment) put(path string, body any) *answer {
	return x.send(http.MethodPut, path, body)
}

func (x *experiment) delete(path string, body any, headers ...string) {
	x.send(http.MethodDelete, path, body, headers...)
}

// The media types of patches.
const (
	jsonPatch      = "application/json-patch+json"
	mergePatch     = "application/merge-patch+json"
	strategicPatch = "application/strategic-merge-patch+json"
	applyPatch     = "application/apply-patch+yaml"
)

func (x *experiment) merge(path string, body any) {
	x.send(http.MethodPatch, path, body, "Content-Type", mergePatch)
}

func (x *experiment) jsonPatch(path string, body any) {
	x.send(http.MethodPatch, path, body, "Content-Type", jsonPatch)
}

func (x *experiment) apply(path string, body any) {
	x.send(http.MethodPatch, path, body, "Content-Type", applyPatch)
}

// object is an object of which nothing is left to defaults, with YAML texts merged into it as merge patches.
func (x *experiment) object(name string, changes ...string) object {
	if x.api.cluster {
		name = x.ns + "-" + name
	}
	return x.changed(x.yaml(strings.ReplaceAll(x.api.base, "NAME", name)), changes...)
}

// changed is an object with YAML texts merged into it.
func (x *experiment) changed(base object, changes ...string) object {
	text := x.encode(base)
	for _, change := range changes {
		patch, err := yaml.YAMLToJSON([]byte(x.fill(change)))
		if err == nil {
			text, err = jsonpatch.MergePatch(text, patch)
		}
		if err != nil {
			panic(failure{fmt.Errorf("%w in %s", err, change)})
		}
	}
	return x.yaml(string(text))
}

func (x *experiment) yaml(text string) object {
	out := object{}
	if err := yaml.Unmarshal([]byte(x.fill(text)), &out); err != nil {
		panic(failure{fmt.Errorf("%w in %s", err, text)})
	}
	return out
}

// applied is the least that an applier of the workspace one sends.
func (x *experiment) applied(spec string) object {
	return x.yaml("apiVersion: $GROUP/v1alpha1\nkind: Workspace\nmetadata: {name: one}\nspec: " + spec)
}

// made creates a workspace, unrecorded.
func (x *experiment) made(name string, changes ...string) *answer {
	return x.must(http.MethodPost, "", x.object(name, changes...))
}

// furnish makes what reads read.
func (x *experiment) furnish() (err error) {
	defer func() {
		if f, ok := recover().(failure); ok {
			err = f
		}
	}()
	x.made("a", "metadata: {labels: {tier: gold, fixture: parity}}")
	x.made("b", "metadata: {labels: {tier: silver, fixture: parity}, annotations: {note: second}}")
	x.made("c", "metadata: {labels: {fixture: parity}}")
	return nil
}

const patience = time.Minute

// eventually tries until it is so.
func (x *experiment) eventually(what string, so func() bool) error {
	deadline := time.Now().Add(patience)
	for !so() {
		if time.Now().After(deadline) || x.ctx.Err() != nil {
			return fmt.Errorf("%s: not within %s", what, patience)
		}
		time.Sleep(30 * time.Millisecond)
	}
	return nil
}

// until tries until it is so, or ends the behaviour.
func (x *experiment) until(what string, so func() bool) {
	if err := x.eventually(what, so); err != nil {
		panic(failure{err})
	}
}

// gone waits until a workspace is not there any more.
func (x *experiment) gone(name string) {
	x.until(name+" is gone", func() bool { return x.request(http.MethodGet, "/"+name, nil).code == http.StatusNotFound })
}

// object is the answer's content.
func (a *answer) object() object {
	var out object
	if err := json.Unmarshal(a.body, &out); err != nil {
		panic(failure{fmt.Errorf("read an answer of %d: %w: %.500s", a.code, err, a.body)})
	}
	return out
}

func (a *answer) meta(field string) string {
	meta, _ := a.object()["metadata"].(object)
	text, _ := meta[field].(string)
	return text
}

// version is the answer's resourceVersion.
func (a *answer) version() string { return a.meta("resourceVersion") }
