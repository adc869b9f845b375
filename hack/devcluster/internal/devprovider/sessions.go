package devprovider

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// nextPhase of a session that shall run; Running has none.
var nextPhase = map[string]string{"Pending": "Starting", "Starting": "Running"}

// moveSessions brings status.sessions one step nearer to the spec and answers when the next step is due; 0 for never.
func (p *provider) moveSessions(o *unstructured.Unstructured, spec datalabSpec) time.Duration {
	there, _, _ := unstructured.NestedMap(o.Object, "status", "sessions")
	sessions := map[string]any{}
	var next time.Duration
	for _, wanted := range spec.Sessions {
		last, _ := there[wanted.Name].(map[string]any)
		if wanted.State == "stopped" {
			p.forgetStep(o, "session "+wanted.Name)
			tellPhase(o, wanted.Name, last, "Stopped")
			sessions[wanted.Name] = map[string]any{"state": "stopped", "phase": "Stopped", "message": simulated}
			continue
		}
		phase, wait := p.phase(o, wanted.Name, last)
		tellPhase(o, wanted.Name, last, phase)
		session := map[string]any{"state": "started", "phase": phase, "message": simulated}
		if phase == "Running" {
			session["url"] = fmt.Sprintf("http://%s/%s/%s/%s/", p.options.SessionsAddress, o.GetNamespace(), o.GetName(), wanted.Name)
		}
		sessions[wanted.Name] = session
		next = soonest(next, wait)
	}
	p.setSessions(o, there, sessions)
	return next
}

func tellPhase(o *unstructured.Unstructured, name string, last map[string]any, phase string) {
	if last["phase"] != phase {
		tell(o, "session", "session", name, "phase", phase)
	}
}

// phase answers the phase that a started session has now, and when the next one is due.
func (p *provider) phase(o *unstructured.Unstructured, name string, last map[string]any) (string, time.Duration) {
	phase, _ := last["phase"].(string)
	if phase == "Running" {
		return phase, 0
	}
	if nextPhase[phase] == "" { // new, or stopped until now
		phase = "Pending"
	} else if p.since(o, "session "+name, p.options.Delay/2) <= 0 {
		p.forgetStep(o, "session "+name)
		phase = nextPhase[phase]
	}
	if phase == "Running" {
		return phase, 0
	}
	return phase, max(p.since(o, "session "+name, p.options.Delay/2), time.Millisecond)
}

// stopSessions stops all of them, for a Datalab that goes.
func (p *provider) stopSessions(o *unstructured.Unstructured) {
	there, _, _ := unstructured.NestedMap(o.Object, "status", "sessions")
	sessions := map[string]any{}
	for name := range there {
		sessions[name] = map[string]any{"state": "stopped", "phase": "Stopped", "message": simulated}
	}
	p.setSessions(o, there, sessions)
}

// setSessions writes the map, unless it would only turn nothing into an empty one.
func (p *provider) setSessions(o *unstructured.Unstructured, there, sessions map[string]any) {
	if len(there) == 0 && len(sessions) == 0 {
		return
	}
	_ = unstructured.SetNestedMap(o.Object, sessions, "status", "sessions")
}

// soonest of two times to wait, where 0 is never.
func soonest(a, b time.Duration) time.Duration {
	switch {
	case a <= 0:
		return b
	case b <= 0:
		return a
	}
	return min(a, b)
}
