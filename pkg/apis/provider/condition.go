package provider

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Condition is what a provider says about one aspect of a part. Unlike metav1.Condition, nothing is required.
type Condition struct {
	Type               string      `json:"type,omitempty"`
	Status             string      `json:"status,omitempty"`
	ObservedGeneration int64       `json:"observedGeneration,omitempty"`
	LastTransitionTime metav1.Time `json:"lastTransitionTime,omitzero"`
	Reason             string      `json:"reason,omitempty"`
	Message            string      `json:"message,omitempty"`
}
