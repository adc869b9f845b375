package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"k8s.io/client-go/rest"
)

const (
	jsonBody   = "application/json"
	mergePatch = "application/merge-patch+json"
)

// client sends requests and reads the answers in full, but decodes nothing that nobody asks for: what a client does with
// an answer is not the server's time.
type client struct {
	http *http.Client
	host string
}

// newClient makes a client with connections of its own, so that clients do not wait for each other.
func newClient(config *rest.Config) (*client, error) {
	h, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	return &client{http: h, host: config.Host}, nil
}

func (c *client) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, "", nil, into)
}

// do sends one request. An answer other than success is an error with the server's words.
func (c *client) do(ctx context.Context, method, path, contentType string, body []byte, into any) error {
	response, err := c.open(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into != nil {
		return json.NewDecoder(response.Body).Decode(into)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// open sends one request whose answer is read by the caller.
func (c *client) open(ctx context.Context, method, path, contentType string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.host+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", "application/json, */*")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		defer response.Body.Close()
		return nil, refusal(method, path, response)
	}
	return response, nil
}

func refusal(method, path string, response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 4096))
	var status struct{ Message string }
	if json.Unmarshal(text, &status) == nil && status.Message != "" {
		text = []byte(status.Message)
	}
	return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(text))
}

// meta is what measuring wants to know of an answer.
type meta struct {
	Metadata struct {
		Name            string `json:"name"`
		ResourceVersion uint64 `json:"resourceVersion,string"`
	} `json:"metadata"`
}
