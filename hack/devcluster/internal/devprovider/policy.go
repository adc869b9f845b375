package devprovider

import "encoding/json"

// grant lets a principal use a bucket of somebody else's.
type grant struct{ grantee, permission string }

type statement struct {
	Effect    string
	Principal map[string][]string
	Action    any
	Resource  []string
}

// objectActions of each permission; WriteOnly may delete, and None nothing.
var objectActions = map[string][]string{
	"ReadOnly":  {"s3:GetObject"},
	"ReadWrite": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
	"WriteOnly": {"s3:PutObject", "s3:DeleteObject"},
}

// bucketPolicy is the policy of a bucket. It names the owner too, as a bucket with a policy asks nothing else, and keeps
// him from writing policies himself: grants are made through his Storage alone.
func bucketPolicy(bucket, owner string, grants []grant) ([]byte, error) {
	inside, objects := "arn:aws:s3:::"+bucket, "arn:aws:s3:::"+bucket+"/*"
	statements := []statement{
		{"Allow", who(owner), "s3:*", []string{inside, objects}},
		{"Deny", who(owner), []string{"s3:PutBucketPolicy", "s3:DeleteBucketPolicy"}, []string{inside}},
	}
	for _, g := range grants {
		if actions, ok := objectActions[g.permission]; ok {
			statements = append(statements,
				statement{"Allow", who(g.grantee), []string{"s3:GetBucketLocation", "s3:ListBucket"}, []string{inside}},
				statement{"Allow", who(g.grantee), actions, []string{objects}})
		}
	}
	return json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
}

func who(principal string) map[string][]string { return map[string][]string{"AWS": {principal}} }
