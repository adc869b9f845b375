package storage

import (
	"sync"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
)

const (
	metricsNamespace = "workspaces"
	metricsSubsystem = "storage"
)

var (
	fenceTouches = metrics.NewCounterVec(&metrics.CounterOpts{
		Namespace: metricsNamespace, Subsystem: metricsSubsystem, Name: "fence_touches_total",
		Help:           "Writes of the fences, by kind and outcome.",
		StabilityLevel: metrics.ALPHA,
	}, []string{"resource", "outcome"})
	fencesWorking = metrics.NewGaugeVec(&metrics.GaugeOpts{
		Namespace: metricsNamespace, Subsystem: metricsSubsystem, Name: "fence_working",
		Help:           "1 where a kind's fence proves progress, 0 where watches wait for bookmarks and are late.",
		StabilityLevel: metrics.ALPHA,
	}, []string{"resource"})
	intentsEnded = metrics.NewCounterVec(&metrics.CounterOpts{
		Namespace: metricsNamespace, Subsystem: metricsSubsystem, Name: "intents_ended_total",
		Help:           "Two-part writes that were left open and have been ended by this replica, by outcome (finished, undone).",
		StabilityLevel: metrics.ALPHA,
	}, []string{"outcome"})
	watchRestarts = metrics.NewCounterVec(&metrics.CounterOpts{
		Namespace: metricsNamespace, Subsystem: metricsSubsystem, Name: "stream_restarts_total",
		Help:           "Watches of a kind that were opened anew, by reason (ended, error, expired).",
		StabilityLevel: metrics.ALPHA,
	}, []string{"resource", "reason"})

	registerMetrics = sync.OnceFunc(func() {
		legacyregistry.MustRegister(fenceTouches, fencesWorking, intentsEnded, watchRestarts)
	})
)

func outcome(err error) string {
	if err != nil {
		return "error"
	}
	return "success"
}
