package sessionproxy

import (
	"bytes"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// redirect brings what a session answers as a redirect to the client. Nobody follows it before him.
func redirect(resp *http.Response, path string, target *url.URL) {
	location := resp.Header.Get("Location")
	if location == "" {
		return
	}
	location = relocate(location, resp.Request.URL, path, target)
	resp.Header.Set("Location", location)
	if resp.StatusCode < 300 || resp.StatusCode > 399 || !navigates(resp.Request) {
		return
	}
	keepsMethod := resp.StatusCode == http.StatusTemporaryRedirect || resp.StatusCode == http.StatusPermanentRedirect
	if keepsMethod && resp.Request.Method != http.MethodGet {
		return
	}
	if text, ok := page(location); ok {
		resp.Body.Close()
		resp.StatusCode, resp.Status = http.StatusOK, ""
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		for _, name := range []string{"Content-Encoding", "Location", "Trailer", "Transfer-Encoding"} {
			resp.Header.Del(name)
		}
		describePage(resp.Header, location, len(text))
	}
}

// relocate turns a reference to the session itself into one that the client can follow. Others pass as they are.
func relocate(location string, from *url.URL, path string, target *url.URL) string {
	to, err := from.Parse(location)
	if err != nil || to.Scheme != target.Scheme || to.Host != target.Host || to.User != nil {
		return location
	}
	if to.Path != target.Path && !strings.HasPrefix(to.Path, target.Path+"/") {
		return to.String() // on the session's host, but not the session
	}
	there := url.URL{RawQuery: to.RawQuery, ForceQuery: to.ForceQuery, Fragment: to.Fragment, RawFragment: to.RawFragment}
	return back(path, strings.TrimPrefix(to.EscapedPath(), target.Path)) + there.String()
}

// navigates says whether a browser shows the answer to its user.
func navigates(req *http.Request) bool {
	if mode := req.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return req.Method == http.MethodGet && strings.Contains(req.Header.Get("Accept"), "text/html")
}

var pageTemplate = template.Must(template.New("").Parse(`<!doctype html>
<meta charset="utf-8">
<title>Session</title>
<p>The session goes on at <a href="{{.}}">{{.}}</a>.
`))

// page leads a browser to a location as a redirect would. kube-apiserver does not pass on redirects of the servers behind it,
// unless it is told to, and the first page of many a session is one.
func page(location string) (text []byte, ok bool) {
	to, err := url.Parse(location)
	if err != nil || to.Scheme != "" && to.Scheme != "http" && to.Scheme != "https" {
		return nil, false
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, to.String())
	return b.Bytes(), err == nil
}

func describePage(header http.Header, location string, length int) {
	header.Set("Refresh", "0; url="+location)
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(length))
	header.Set("Cache-Control", "no-store")
}
