package util

import (
	"context"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

// Masked stands for a secret that is not shown.
const Masked = "********"

// RevealFlag is --reveal, for the commands that print secrets: on a terminal, which others may look at and which remembers
// what it has shown, they are masked without it. What goes into a pipe or a file is never masked.
type RevealFlag struct{ Reveal bool }

// AddTo binds the flag.
func (r *RevealFlag) AddTo(flags *pflag.FlagSet) {
	flags.BoolVar(&r.Reveal, "reveal", r.Reveal, "Show secrets on a terminal, too. What goes into a pipe or a file is never masked.")
}

// Masks says whether secrets are to be masked, and tells the user so.
func (r *RevealFlag) Masks(f *Factory) bool {
	if r.Reveal || !f.Terminal(f.Out) {
		return false
	}
	f.Progressf("Secrets are masked on a terminal: --reveal shows them, a pipe or a file gets them as they are.")
	return true
}

// bodies is the verbosity from which on client-go logs the bodies of requests and answers.
const bodies = 8

// WithoutBodies is a context whose requests are logged without their bodies, whatever -v says: for answers that are secret.
func WithoutBodies(ctx context.Context) context.Context {
	sink := klog.FromContext(ctx).GetSink()
	if sink == nil {
		return ctx // logs nothing
	}
	return klog.NewContext(ctx, logr.New(bodyless{sink}))
}

// bodyless hands on what is logged below the verbosity of bodies.
type bodyless struct{ logr.LogSink }

// Init implements logr.LogSink: the sink within has been told already.
func (bodyless) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (s bodyless) Enabled(level int) bool { return level < bodies && s.LogSink.Enabled(level) }

// WithValues implements logr.LogSink.
func (s bodyless) WithValues(keysAndValues ...any) logr.LogSink {
	return bodyless{s.LogSink.WithValues(keysAndValues...)}
}

// WithName implements logr.LogSink.
func (s bodyless) WithName(name string) logr.LogSink { return bodyless{s.LogSink.WithName(name)} }
