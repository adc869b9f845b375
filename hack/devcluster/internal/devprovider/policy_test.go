package devprovider

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/versity/versitygw/auth"
)

func TestPolicyOfEachPermission(t *testing.T) {
	const get, put, remove, list, policy = "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketPolicy"
	for _, c := range []struct {
		name   string
		grants []grant
		who    string
		may    []string
	}{
		{"the owner may all but write policies", nil, "ws-bob", []string{get, put, remove, list}},
		{"the owner keeps that when he shares", []grant{{"ws-eric", "ReadOnly"}}, "ws-bob", []string{get, put, remove, list}},
		{"a stranger may nothing", nil, "ws-eric", nil},
		{"ReadOnly", []grant{{"ws-eric", "ReadOnly"}}, "ws-eric", []string{get, list}},
		{"ReadWrite", []grant{{"ws-eric", "ReadWrite"}}, "ws-eric", []string{get, put, remove, list}},
		{"WriteOnly may list and delete, not read", []grant{{"ws-eric", "WriteOnly"}}, "ws-eric", []string{put, remove, list}},
		{"None", []grant{{"ws-eric", "None"}}, "ws-eric", nil},
		{"another's grant", []grant{{"ws-eric", "ReadWrite"}}, "ws-alice", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := bucketPolicy("ws-bob", "ws-bob", c.grants)
			if err != nil {
				t.Fatal(err)
			}
			accounts, err := newAccounts(filepath.Join(t.TempDir(), "keys.json"))
			if err != nil {
				t.Fatal(err)
			}
			for _, each := range []string{"ws-bob", "ws-eric", "ws-alice"} {
				if err := accounts.set(each, key{each, "secret"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := auth.ValidatePolicyDocument(text, "ws-bob", accounts); err != nil {
				t.Fatalf("the S3 server refuses the policy: %v\n%s", err, text)
			}
			for _, action := range []string{get, put, remove, list, policy} {
				if got, want := allows(t, text, c.who, action), slices.Contains(c.may, action); got != want {
					t.Errorf("%s %s: got %t, want %t", c.who, action, got, want)
				}
			}
		})
	}
}

// allows reads a policy as the S3 server does: a denial is stronger than any permission.
func allows(t *testing.T, policy []byte, who, action string) bool {
	t.Helper()
	var doc struct {
		Statement []struct {
			Effect    string
			Principal map[string][]string
			Action    any
		}
	}
	if err := json.Unmarshal(policy, &doc); err != nil {
		t.Fatal(err)
	}
	allowed := false
	for _, s := range doc.Statement {
		actions, _ := s.Action.([]any)
		if !slices.Contains(s.Principal["AWS"], who) || s.Action != "s3:*" && !slices.Contains(actions, any(action)) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}
