package devprovider

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"k8s.io/apimachinery/pkg/util/validation"
)

// gateway is the S3 server: a real one, inside of this process. Its users, buckets and policies are set here directly,
// past its own API.
type gateway struct {
	accounts *accounts
	backend  backend.Backend
	meta     meta.MetadataStorer
	dir      string

	mu     sync.Mutex
	owners map[string]string // bucket → principal
}

// newGateway opens the data folder. The server changes the working directory to it, so all paths must be absolute.
func newGateway(dir string) (*gateway, error) {
	g := &gateway{dir: filepath.Join(dir, "data"), owners: map[string]string{}}
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		return nil, err
	}
	var err error
	if g.accounts, err = newAccounts(filepath.Join(dir, "keys.json")); err != nil {
		return nil, err
	}
	opts := posix.PosixOpts{Concurrency: 100, ValidateBucketNames: true}
	g.meta = meta.XattrMeta{}
	if err := (meta.XattrMeta{}).Test(g.dir); err != nil { // this file system keeps no attributes: keep them beside it
		opts.SideCarDir = filepath.Join(dir, "meta")
		if err := os.MkdirAll(opts.SideCarDir, 0o755); err != nil {
			return nil, err
		}
		if g.meta, err = meta.NewSideCar(opts.SideCarDir); err != nil {
			return nil, err
		}
	}
	p, err := posix.New(g.dir, g.meta, opts)
	if err != nil {
		return nil, fmt.Errorf("open the S3 data in %s: %w", g.dir, err)
	}
	g.backend = p
	buckets, err := p.ListBucketsAndOwners(context.Background())
	if err != nil {
		return nil, err
	}
	for _, b := range buckets {
		g.owners[b.Name] = b.Owner
	}
	return g, nil
}

// serve answers S3 requests until the context ends.
func (g *gateway) serve(ctx context.Context, address, region string) error {
	return embedgw.RunVersityGW(ctx, g.backend, &embedgw.Config{
		RootUserAccess: rootUser, RootUserSecret: randomSecret(),
		Region: region, Ports: []string{address}, HealthPath: "/healthz",
		MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10000,
		KeepAlive: true, Quiet: true, IAMService: g.accounts,
	})
}

// setBucket makes sure that the principal owns the bucket, under that policy.
func (g *gateway) setBucket(ctx context.Context, bucket, principal string, policy []byte) error {
	if len(bucket) < 3 || len(bucket) > 63 || len(validation.IsDNS1123Subdomain(bucket)) > 0 {
		return fmt.Errorf("%q cannot be the name of a bucket: 3 to 63 lower-case letters, digits, dots and dashes", bucket)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch owner, there := g.owners[bucket]; {
	case there && owner != principal:
		return fmt.Errorf("bucket %s belongs to %s", bucket, owner)
	case !there:
		acl, err := json.Marshal(auth.ACL{Owner: principal})
		if err != nil {
			return err
		}
		input := &s3.CreateBucketInput{
			Bucket: &bucket, ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced,
			CreateBucketConfiguration: &types.CreateBucketConfiguration{},
		}
		if err := g.backend.CreateBucket(ctx, input, acl); err != nil {
			return fmt.Errorf("create bucket %s: %w", bucket, err)
		}
		g.owners[bucket] = principal
	}
	if there, err := g.backend.GetBucketPolicy(ctx, bucket); err == nil && string(there) == string(policy) {
		return nil
	}
	if err := g.backend.PutBucketPolicy(ctx, bucket, policy); err != nil {
		return fmt.Errorf("set the policy of bucket %s: %w", bucket, err)
	}
	return nil
}

// keepOnly removes the principal's buckets but those named, with all that is in them.
func (g *gateway) keepOnly(principal string, buckets ...string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for bucket, owner := range g.owners {
		if owner != principal || slices.Contains(buckets, bucket) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(g.dir, bucket)); err != nil {
			return fmt.Errorf("remove bucket %s: %w", bucket, err)
		}
		if err := g.meta.DeleteAttributes(bucket, ""); err != nil {
			return fmt.Errorf("remove bucket %s: %w", bucket, err)
		}
		delete(g.owners, bucket)
	}
	return nil
}

// remove takes the principal's buckets and keys away.
func (g *gateway) remove(principal string) error {
	if err := g.keepOnly(principal); err != nil {
		return err
	}
	return g.accounts.set(principal)
}
