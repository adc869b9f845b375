package devprovider

import (
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWhenAKeyIsDue(t *testing.T) {
	secret := func(age time.Duration, rotated string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Labels:      map[string]string{secretLabel: "true"},
			Annotations: map[string]string{issuedAnnotation: time.Now().Add(-age).Format(time.RFC3339), rotatedAnnotation: rotated},
		}}
	}
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		interval, asked string
		there           *corev1.Secret
		want            bool
	}{
		"never":                    {"none", "now", secret(1000*day, ""), false},
		"no plan":                  {"", "now", secret(1000*day, ""), false},
		"not yet":                  {"daily", "", secret(23*time.Hour, ""), false},
		"after a day":              {"daily", "", secret(day, ""), true},
		"after a week":             {"weekly", "", secret(7*day, ""), true},
		"before a quarter is over": {"quarterly", "", secret(80*day, ""), false},
		"asked for":                {"yearly", "1", secret(0, ""), true},
		"asked for again":          {"yearly", "2", secret(0, "1"), true},
		"asked for and done":       {"yearly", "1", secret(0, "1"), false},
		"somebody else's Secret":   {"yearly", "1", &corev1.Secret{}, false},
	} {
		o := storage("ws-alice", "")
		o.SetAnnotations(map[string]string{rotateAnnotation: test.asked})
		if got := (rollover{Interval: test.interval}).due(o, test.there); got != test.want {
			t.Errorf("%s: due %t, want %t", name, got, test.want)
		}
	}
}

func TestOldKeysOutliveTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	first := key{"ws-alice", "1"}
	second := nextKey("ws-alice", first)
	third := nextKey("ws-alice", second)
	if second.Access != "ws-alice_2" || third.Access != "ws-alice_3" {
		t.Errorf("the keys are %s and %s", second.Access, third.Access)
	}
	before, err := newAccounts(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := before.set("ws-alice", third, second, first); err != nil {
		t.Fatal(err)
	}
	if err := before.set("ws-mallory", second); err == nil {
		t.Error("a key of one principal was given to another")
	}
	after, err := newAccounts(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []key{first, second, third} {
		account, err := after.GetUserAccount(k.Access)
		if err != nil || account.Access != "ws-alice" || account.Secret != k.Secret {
			t.Errorf("key %s is %v of %s", k.Access, err, account.Access)
		}
	}
	// The third was never published: the process ended before.
	if keys := validKeys("ws-alice", second, after); len(keys) != 2 || keys[0] != second || keys[1] != first {
		t.Errorf("the valid keys are %v", keys)
	}
	if err := after.set("ws-alice", third); err != nil {
		t.Fatal(err)
	}
	if _, err := after.GetUserAccount(first.Access); err == nil {
		t.Error("a key that was taken back is still valid")
	}
	if missing, _ := after.ResolveAccounts([]string{"ws-alice", "ws-eric"}); len(missing) != 1 || missing[0] != "ws-eric" {
		t.Errorf("missing are %v", missing)
	}
}
