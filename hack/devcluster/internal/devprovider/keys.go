package devprovider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	// rotateAnnotation, on a Storage with a rollover, asks for a new key at once, as often as its value changes.
	rotateAnnotation = "devprovider/rotate"
	// rotatedAnnotation, on a principal's Secret, is the value that was last acted on.
	rotatedAnnotation = "devprovider/rotated"
	// issuedAnnotation, on a principal's Secret, is when its key was made.
	issuedAnnotation = "devprovider/issued-at"
)

// rollover is the plan by which keys are replaced.
type rollover struct {
	Interval  string `json:"interval"`
	MaxToKeep int    `json:"maxToKeep"`
}

// period is how long a key is the newest; 0 is for ever.
func (r rollover) period() time.Duration {
	const day = 24 * time.Hour
	return map[string]time.Duration{"daily": day, "weekly": 7 * day, "monthly": 30 * day, "quarterly": 91 * day, "yearly": 365 * day}[r.Interval]
}

// due tells whether the Secret's key is to be replaced now.
func (r rollover) due(o *unstructured.Unstructured, there *corev1.Secret) bool {
	if r.period() == 0 || there.Labels[secretLabel] == "" {
		return false
	}
	asked := o.GetAnnotations()[rotateAnnotation]
	return asked != "" && asked != there.Annotations[rotatedAnnotation] || time.Until(issued(there).Add(r.period())) <= 0
}

func issued(there *corev1.Secret) time.Time {
	if at, err := time.Parse(time.RFC3339, there.Annotations[issuedAnnotation]); err == nil {
		return at
	}
	return there.CreationTimestamp.Time
}

// credentials makes the keys of the principal: the S3 server learns all of them, the Secret holds the newest. A new one is
// valid before anybody can read it.
func (s storages) credentials(ctx context.Context, o *unstructured.Unstructured, spec storageSpec) error {
	there, err := s.readSecret(ctx, o.GetNamespace(), spec.Principal)
	if err != nil {
		return err
	}
	newest, notes := published(there), map[string]string(nil)
	keys := validKeys(spec.Principal, newest, s.gateway.accounts)
	if newest.Secret == "" || spec.Rollover.due(o, there) {
		if newest.Secret != "" {
			tell(o, "a new key is made")
		}
		keys = slices.Insert(keys, 0, nextKey(spec.Principal, newest))
		notes = map[string]string{
			issuedAnnotation:  time.Now().UTC().Format(time.RFC3339),
			rotatedAnnotation: o.GetAnnotations()[rotateAnnotation],
		}
	}
	if spec.Rollover.period() > 0 {
		keys = keys[:min(len(keys), 1+spec.Rollover.MaxToKeep)]
	}
	if err := s.gateway.accounts.set(spec.Principal, keys...); err != nil {
		return err
	}
	err = s.writeSecret(ctx, o, spec.Principal, there, map[string][]byte{
		"AWS_ACCESS_KEY_ID":       []byte(keys[0].Access),
		"AWS_SECRET_ACCESS_KEY":   []byte(keys[0].Secret),
		"AWS_ENDPOINT_URL":        []byte(s.options.S3Endpoint()),
		"AWS_REGION":              []byte(s.options.Region),
		"AWS_S3_FORCE_PATH_STYLE": []byte("true"),
	}, notes)
	if err != nil {
		return fmt.Errorf("write Secret %s: %w", spec.Principal, err)
	}
	return nil
}

// published is the key that a Secret holds; empty if there is none.
func published(secret *corev1.Secret) key {
	if secret == nil {
		return key{}
	}
	return key{string(secret.Data["AWS_ACCESS_KEY_ID"]), string(secret.Data["AWS_SECRET_ACCESS_KEY"])}
}

// validKeys are the published key of a principal and those before it, the newest first. One that is newer was never published.
func validKeys(principal string, newest key, known *accounts) []key {
	if newest.Secret == "" {
		return nil
	}
	keys := []key{newest}
	for _, k := range known.of(principal) {
		if number(principal, k) < number(principal, newest) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Compare(number(principal, b), number(principal, a)) })
	return keys
}

// nextKey is the key after another. The first is named as the principal, the others with a suffix that no principal has.
func nextKey(principal string, before key) key {
	if before.Secret == "" {
		return key{principal, randomSecret()}
	}
	return key{fmt.Sprintf("%s_%d", principal, number(principal, before)+1), randomSecret()}
}

func number(principal string, k key) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(k.Access, principal+"_"))
	return max(n, 1)
}

// nextKeyIn tells how long the newest key of a Storage has; 0 is for ever.
func (s storages) nextKeyIn(ctx context.Context, o *unstructured.Unstructured) time.Duration {
	spec, err := readSpec[storageSpec](o)
	if err != nil || spec.Rollover.period() == 0 {
		return 0
	}
	there, err := s.readSecret(ctx, o.GetNamespace(), spec.Principal)
	if err != nil || there == nil {
		return s.options.Retry
	}
	return max(time.Until(issued(there).Add(spec.Rollover.period())), s.options.Retry)
}
