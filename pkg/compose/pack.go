package compose

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// All annotations of an object together may have 256 KiB. What we keep in them repeats itself: of a workspace with ten
// thousand members it is more than a megabyte, and packed less than a tenth of that. Short texts stay legible.
const (
	packFrom  = 16 << 10
	packMark  = "gzip:"  // our texts are JSON, which never begins so
	unpackMax = 16 << 20 // more than any text that was packed here has
)

// pack makes a long text short enough for an annotation. Equal texts are packed equally.
func pack(text string) string {
	if len(text) < packFrom {
		return text
	}
	var out strings.Builder
	out.WriteString(packMark)
	encoder := base64.NewEncoder(base64.StdEncoding, &out)
	writer := gzip.NewWriter(encoder)
	if _, err := io.WriteString(writer, text); err != nil {
		return text
	}
	if errors.Join(writer.Close(), encoder.Close()) != nil {
		return text
	}
	return out.String()
}

// unpack answers the text that was packed.
func unpack(value string) (string, error) {
	packed, ok := strings.CutPrefix(value, packMark)
	if !ok {
		return value, nil
	}
	reader, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed)))
	if err != nil {
		return "", fmt.Errorf("cannot unpack: %w", err)
	}
	var text bytes.Buffer
	n, err := io.Copy(&text, io.LimitReader(reader, unpackMax+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("cannot unpack: %w", err)
	case n > unpackMax:
		return "", fmt.Errorf("cannot unpack: more than %d bytes", unpackMax)
	}
	return text.String(), nil
}
