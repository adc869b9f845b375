package cluster

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"time"

	"sigs.k8s.io/yaml"
)

// bundle is what is packed, and what was refused.
type bundle struct {
	folder  string
	made    time.Time
	files   []packed
	entries []entry
}

type packed struct {
	name string
	text []byte
}

// entry tells of one file in the manifest.
type entry struct {
	File string `json:"file"`
	// From is where the content comes from.
	From string `json:"from"`
	// Refused is why the file is missing.
	Refused string `json:"refused,omitempty"`
}

// manifest tells whoever opens the bundle what is in it.
type manifest struct {
	Made      string  `json:"made"`
	Redaction string  `json:"redaction"`
	Files     []entry `json:"files"`
}

const redaction = "Secrets, credentials, tokens and kubeconfigs are never read. Values of environment variables, of annotations and of fields " +
	"that are named as secrets are, what texts hold that looks like a secret, and what URLs carry beside host and path, stand as " + masked + "."

// add packs what was read, without secrets; where it could not be read the manifest says why.
func (b *bundle) add(file, from string, value any, err error) error {
	e := entry{File: file, From: from}
	if err != nil {
		e.Refused = cleanText(reason(err))
		b.entries = append(b.entries, e)
		return nil
	}
	clean, err := redact(value)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	text, err := yaml.Marshal(clean)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	b.entries = append(b.entries, e)
	b.files = append(b.files, packed{file, text})
	return nil
}

func (b *bundle) refused() (n int) {
	for _, e := range b.entries {
		if e.Refused != "" {
			n++
		}
	}
	return n
}

// pack is the whole as a compressed archive, the manifest first.
func (b *bundle) pack() ([]byte, error) {
	text, err := yaml.Marshal(manifest{Made: b.made.UTC().Format(time.RFC3339), Redaction: redaction, Files: b.entries})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, file := range append([]packed{{"manifest.yaml", text}}, b.files...) {
		header := &tar.Header{Name: b.folder + "/" + file.name, Mode: 0o600, Size: int64(len(file.text)), ModTime: b.made}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.text); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zipped.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
