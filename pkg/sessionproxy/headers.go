package sessionproxy

import (
	"net/http"
	"net/url"
	"strings"
)

// Headers of requests that are not for sessions: who the caller is, how he has proven it, and what proxies before this one have
// added.
var (
	notForSessions = []string{
		"Authorization", "Proxy-Authorization", "Proxy-Connection", "Forwarded", "Via", "X-Real-Ip", "True-Client-Ip",
		"X-Original-Url", "X-Rewrite-Url", "X-Client-Cert", "Ssl-Client-Cert", "Audit-Id",
	}
	notForSessionsPrefixes = []string{"X-Remote-", "Impersonate-", "X-Forwarded-", "X-Auth-Request-", "Kubectl-", "X-Kubernetes-"}
)

// Headers of answers by which a session would speak for the whole host, where other sessions and the API itself are.
var notForClients = []string{
	"Alt-Svc", "Clear-Site-Data", "Nel", "Origin-Agent-Cluster", "Public-Key-Pins", "Report-To", "Reporting-Endpoints",
	"Service-Worker-Allowed", "Strict-Transport-Security",
}

// ourCookies begin the names of cookies that a session cannot have set here, since its own lie below its path: they are the
// host's, or those of our UI.
var ourCookies = []string{"__Host-", "eoepca"}

// bearerProtocol is how browsers send kube-apiserver a token with a WebSocket.
const bearerProtocol = "base64url.bearer.authorization.k8s.io."

// prefixHeader tells a session below which path its clients see it.
const prefixHeader = "X-Forwarded-Prefix"

// cleanRequest takes out what is not for the session, and tells it what it needs to know.
func cleanRequest(header http.Header, prefix string, target *url.URL) {
	for name := range header {
		for _, begin := range notForSessionsPrefixes {
			if len(name) >= len(begin) && strings.EqualFold(name[:len(begin)], begin) {
				delete(header, name)
			}
		}
	}
	for _, name := range notForSessions {
		header.Del(name)
	}
	filterList(header, "Cookie", ";", func(cookie string) bool {
		name, _, _ := strings.Cut(cookie, "=")
		return !isOurs(name)
	})
	filterList(header, "Sec-Websocket-Protocol", ",", func(protocol string) bool {
		return !strings.HasPrefix(strings.ToLower(protocol), bearerProtocol)
	})
	if sameOrigin(header) {
		// The session cannot know which host the client sees, and would refuse its own pages.
		header.Set("Origin", target.Scheme+"://"+target.Host)
	}
	if _, path, ok := strings.Cut(header.Get("Referer"), prefix+"/"); ok {
		header.Set("Referer", target.String()+"/"+path)
	} else {
		header.Del("Referer")
	}
	header.Set(prefixHeader, prefix)
}

func isOurs(cookie string) bool {
	for _, begin := range ourCookies {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(cookie)), strings.ToLower(begin)) {
			return true
		}
	}
	return false
}

// filterList keeps the elements of a list header.
func filterList(header http.Header, name, separator string, keep func(string) bool) {
	var kept []string
	for _, line := range header.Values(name) {
		for _, element := range strings.Split(line, separator) {
			if element = strings.TrimSpace(element); element != "" && keep(element) {
				kept = append(kept, element)
			}
		}
	}
	header.Del(name)
	if len(kept) > 0 {
		header.Set(name, strings.Join(kept, separator+" "))
	}
}

// sameOrigin says whether a browser vouches that a page of the same host sends the request.
func sameOrigin(header http.Header) bool {
	return header.Get("Origin") != "" && header.Get("Sec-Fetch-Site") == "same-origin"
}

// foreign says whether a browser sends the request for a page of another host, with the credentials that it or a proxy has for
// this one.
func foreign(header http.Header) bool {
	site := header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// cleanAnswer keeps the answer of a session from speaking for others than itself.
func cleanAnswer(resp *http.Response, prefix, path string, target *url.URL) {
	for _, name := range notForClients {
		resp.Header.Del(name)
	}
	redirect(resp, path, target)
	cookies := resp.Cookies()
	resp.Header.Del("Set-Cookie")
	for _, cookie := range cookies {
		if isOurs(cookie.Name) {
			continue
		}
		cookie.Domain = ""
		cookie.Path = prefix + below(target, cookie.Path)
		if text := cookie.String(); text != "" {
			resp.Header.Add("Set-Cookie", text)
		}
	}
}

// below is a path of the session as seen from its own root; the root for those that are not the session's.
func below(target *url.URL, path string) string {
	rest, ok := strings.CutPrefix(path, target.Path)
	if !ok || !strings.HasPrefix(rest, "/") {
		return "/"
	}
	return rest
}
