// Command s3 is the smallest S3 client that the demo needs, for machines that have none. It reads the keys from the
// environment as every S3 client does: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

const usage = `usage:
  demo-s3 put BUCKET/KEY   write standard input to an object
  demo-s3 get BUCKET/KEY   print an object
  demo-s3 ls  BUCKET       list the objects of a bucket
  demo-s3 page URL         print a web page`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("give a command and what it is for\n%s", usage)
	}
	command, target := args[0], args[1]
	if command == "page" {
		return page(ctx, target)
	}
	client, err := connect()
	if err != nil {
		return err
	}
	bucket, key, _ := strings.Cut(target, "/")
	switch command {
	case "put":
		return put(ctx, client, bucket, key)
	case "get":
		return get(ctx, client, bucket, key)
	case "ls":
		return list(ctx, client, bucket)
	}
	return fmt.Errorf("unknown command %q\n%s", command, usage)
}

func connect() (*minio.Client, error) {
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL"))
	if err != nil || endpoint.Host == "" {
		return nil, fmt.Errorf("AWS_ENDPOINT_URL %q: give the URL of the S3 server", os.Getenv("AWS_ENDPOINT_URL"))
	}
	return minio.New(endpoint.Host, &minio.Options{
		Creds:        credentials.NewEnvAWS(),
		Secure:       endpoint.Scheme == "https",
		Region:       os.Getenv("AWS_REGION"),
		BucketLookup: minio.BucketLookupPath,
	})
}

func put(ctx context.Context, client *minio.Client, bucket, key string) error {
	// A size up front makes it one request, whose refusal is the answer.
	content, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	info, err := client.PutObject(ctx, bucket, key, strings.NewReader(string(content)), int64(len(content)), minio.PutObjectOptions{})
	if err != nil {
		return refusal("put", bucket+"/"+key, err)
	}
	fmt.Printf("put %s/%s (%d bytes)\n", info.Bucket, info.Key, info.Size)
	return nil
}

func get(ctx context.Context, client *minio.Client, bucket, key string) error {
	object, err := client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer object.Close()
	if _, err := io.Copy(os.Stdout, object); err != nil {
		return refusal("get", bucket+"/"+key, err)
	}
	return nil
}

func list(ctx context.Context, client *minio.Client, bucket string) error {
	for object := range client.ListObjectsIter(ctx, bucket, minio.ListObjectsOptions{Recursive: true}) {
		if object.Err != nil {
			return refusal("ls", bucket, object.Err)
		}
		fmt.Printf("%s  %6d  %s\n", object.LastModified.UTC().Format("2006-01-02 15:04:05"), object.Size, object.Key)
	}
	return nil
}

// refusal shows the server's code, such as AccessDenied, which minio's message leaves out.
func refusal(verb, target string, err error) error {
	answer := minio.ToErrorResponse(err)
	if answer.Code == "" {
		return fmt.Errorf("%s %s: %w", verb, target, err)
	}
	return fmt.Errorf("%s %s: HTTP %d %s: %s", verb, target, answer.StatusCode, answer.Code, answer.Message)
}

func page(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
