package compose

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/provider"
)

// Reasons of conditions, beside those that the providers give.
const (
	ReasonPartsReady    = "PartsReady"
	ReasonPartsNotReady = "PartsNotReady"
	ReasonAvailable     = "Available"
	ReasonWaiting       = "Waiting"
	ReasonMissing       = "Missing"
	ReasonTerminating   = "Terminating"
)

// conditions answers Ready, StorageReady and DatalabReady, and the generation that the providers have seen. Their times
// are the parts', never the clock's: every server composes the same.
func (c *composition) conditions() ([]metav1.Condition, int64) {
	storage := partCondition(eoepca.ConditionStorageReady, &c.Storage.ObjectMeta, c.Storage.Status.Conditions)
	observed := observedGeneration(c.Storage.Generation, c.Storage.Status.Conditions) + c.absence.Generation
	all := make([]metav1.Condition, 1, 3) // the first is the summary of the others
	all = append(all, storage)
	switch {
	case c.Datalab != nil:
		all = append(all, partCondition(eoepca.ConditionDatalabReady, &c.Datalab.ObjectMeta, c.Datalab.Status.Conditions))
		observed += observedGeneration(c.Datalab.Generation, c.Datalab.Status.Conditions)
	case c.DatalabKind && c.vanished():
		all = append(all, metav1.Condition{
			Type: eoepca.ConditionDatalabReady, Status: metav1.ConditionFalse, Reason: ReasonMissing,
			Message:            "the Datalab was deleted: set the owner or a session to have it made anew",
			LastTransitionTime: c.Storage.CreationTimestamp,
		})
	}
	all[0] = c.summary(all[1:])
	return all, max(observed, 0)
}

// summary is True if all parts are ready; else it tells of the first that is not.
func (c *composition) summary(parts []metav1.Condition) metav1.Condition {
	if deleted := c.Storage.DeletionTimestamp; deleted != nil {
		return metav1.Condition{
			Type: eoepca.ConditionReady, Status: metav1.ConditionFalse, Reason: ReasonTerminating,
			Message: c.remains(), LastTransitionTime: *deleted,
		}
	}
	summary := metav1.Condition{
		Type: eoepca.ConditionReady, Status: metav1.ConditionTrue, Reason: ReasonPartsReady,
		Message: "all parts are ready",
	}
	for _, part := range parts {
		if part.Status == metav1.ConditionTrue {
			if summary.LastTransitionTime.Before(&part.LastTransitionTime) {
				summary.LastTransitionTime = part.LastTransitionTime
			}
			continue
		}
		kind := strings.TrimSuffix(part.Type, eoepca.ConditionReady)
		return metav1.Condition{
			Type: eoepca.ConditionReady, Status: part.Status, Reason: ReasonPartsNotReady,
			Message: strings.TrimSuffix(kind+": "+part.Message, ": "), LastTransitionTime: part.LastTransitionTime,
		}
	}
	return summary
}

// remains says what a deletion waits for.
func (c *composition) remains() string {
	message := "waiting for the Storage" + holders(c.Storage.Finalizers)
	if c.Datalab != nil && c.Datalab.UID != "" {
		message += " and the Datalab" + holders(c.Datalab.Finalizers)
	}
	return message + " to go"
}

func holders(finalizers []string) string {
	if len(finalizers) == 0 {
		return ""
	}
	return " (finalizers " + strings.Join(finalizers, ", ") + ")"
}

// partCondition answers the first of Synced and Ready that is not True, under the name of the part.
func partCondition(name string, meta *metav1.ObjectMeta, conditions []provider.Condition) metav1.Condition {
	if meta.DeletionTimestamp != nil {
		return metav1.Condition{
			Type: name, Status: metav1.ConditionFalse, Reason: ReasonTerminating,
			Message: "is being deleted" + holders(meta.Finalizers), LastTransitionTime: *meta.DeletionTimestamp,
		}
	}
	since := meta.CreationTimestamp
	for _, wanted := range [...]string{"Synced", "Ready"} {
		condition := find(conditions, wanted)
		if condition == nil {
			return metav1.Condition{
				Type: name, Status: metav1.ConditionUnknown, Reason: ReasonWaiting,
				Message: "the provider has not said yet whether it is " + wanted, LastTransitionTime: since,
			}
		}
		if since.Before(&condition.LastTransitionTime) {
			since = condition.LastTransitionTime
		}
		if condition.Status != string(metav1.ConditionTrue) {
			return refusal(name, condition, since)
		}
	}
	return metav1.Condition{Type: name, Status: metav1.ConditionTrue, Reason: ReasonAvailable, LastTransitionTime: since}
}

func refusal(name string, condition *provider.Condition, since metav1.Time) metav1.Condition {
	status := metav1.ConditionFalse
	if condition.Status != string(metav1.ConditionFalse) {
		status = metav1.ConditionUnknown
	}
	if !condition.LastTransitionTime.IsZero() {
		since = condition.LastTransitionTime
	}
	reason := condition.Reason
	if reason == "" {
		reason = ReasonWaiting
	}
	message := condition.Message
	if message == "" {
		message = "the provider says that it is not " + condition.Type
	}
	return metav1.Condition{Type: name, Status: status, Reason: reason, Message: message, LastTransitionTime: since}
}

func find(conditions []provider.Condition, name string) *provider.Condition {
	for i := range conditions {
		if conditions[i].Type == name {
			return &conditions[i]
		}
	}
	return nil
}

// observedGeneration is what the provider has seen of a part: nothing before it spoke, and all of it if its conditions
// name no generation.
func observedGeneration(generation int64, conditions []provider.Condition) int64 {
	observed := generation
	for _, wanted := range [...]string{"Synced", "Ready"} {
		condition := find(conditions, wanted)
		if condition == nil {
			return 0
		}
		if seen := condition.ObservedGeneration; seen != 0 {
			observed = min(observed, seen)
		}
	}
	return observed
}
