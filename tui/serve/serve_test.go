package serve_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/kubeapi"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a server that runs, and what its kubeconfig says.
type client struct {
	url, token string
	http       *http.Client
}

func start(t testing.TB, pods int) *client { return startWith(t, pods, func(*serve.Server) {}) }

// startWith starts a server that set has changed.
func startWith(t testing.TB, pods int, set func(*serve.Server)) *client {
	t.Helper()
	ops := []sourcetest.Op{sourcetest.Put("/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`)}
	for i := range pods {
		ops = append(ops, sourcetest.Put(fmt.Sprintf("/registry/pods/demo/p%05d", i), fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%05d","namespace":"demo"},"spec":{"containers":[{"name":"c","image":%q}]}}`, i, strings.Repeat("x", 200))))
	}
	src, err := snapfile.Open(t.Context(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	known, err := learn.From(t.Context(), src, learn.Options{Prefix: "/registry"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.New(&kubeapi.API{Known: known, Source: src}, l, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	set(s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	config := string(s.Kubeconfig([]serve.Context{{Name: "now"}, serve.At("asof", 2)}, "asof"))
	c := &client{url: s.URL(), token: regexp.MustCompile(`token: (\S+)`).FindStringSubmatch(config)[1]}
	ca, err := base64.StdEncoding.DecodeString(regexp.MustCompile(`authority-data: (\S+)`).FindStringSubmatch(config)[1])
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(ca) || !strings.HasPrefix(config, serve.Mark) || !strings.Contains(config, `server: "`+s.URL()+`/at/2"`) {
		t.Fatalf("kubeconfig:\n%s", config)
	}
	c.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ends with %v", err)
		}
		c.http.CloseIdleConnections()
		src.Close()
	})
	return c
}

// do sends a request, and returns the code and the body.
func (c *client) do(t testing.TB, path string, change func(*http.Request)) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", c.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if change != nil {
		change(r)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// TestGuard: who has no token, or comes by another name, gets nothing; what is too large is refused.
func TestGuard(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for name, x := range map[string]struct {
		path   string
		change func(*http.Request)
		code   int
	}{
		"as it should be": {"/api/v1/pods", nil, 200},
		"no token":        {"/api/v1/pods", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"wrong token":     {"/healthz", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
		"no bearer":       {"/healthz", func(r *http.Request) { r.Header.Set("Authorization", "Basic "+c.token) }, 401},
		"foreign host":    {"/api/v1/pods", func(r *http.Request) { r.Host = "evil.example.com" }, 403},
		"foreign port":    {"/api/v1/pods", func(r *http.Request) { r.Host = "127.0.0.1:1" }, 403},
		"localhost":       {"/api/v1/pods", func(r *http.Request) { r.Host = "localhost" }, 200},
		"escapes":         {"/api/v1/namespaces/%2e%2e/secrets", nil, 404},
		"slashes":         {"/api/v1/namespaces/demo/pods/..%2f..%2fx", nil, 404},
		"huge selector":   {"/api/v1/pods?labelSelector=" + strings.Repeat("a,", 20<<10), nil, 414},
		"delete":          {"/api/v1/namespaces/demo/pods/p00000", func(r *http.Request) { r.Method = "DELETE" }, 405},
		"options":         {"/api/v1/pods", func(r *http.Request) { r.Method = "OPTIONS" }, 405},
		"large body": {"/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", func(r *http.Request) {
			r.Method, r.Body = "POST", io.NopCloser(strings.NewReader(strings.Repeat("x", 100<<10)))
		}, 413},
	} {
		code, body, h := c.do(t, x.path, x.change)
		if code != x.code || code != 200 && !strings.Contains(body, `"kind":"Status"`) || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d, want %d: %.300s", name, code, x.code, body)
		}
	}
}

// TestWatchLimit: watches beyond the limit are refused, and a place is free again when one is closed.
func TestWatchLimit(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func() int {
		r, err := http.NewRequestWithContext(ctx, "GET", c.url+"/api/v1/pods?watch=true", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.token)
		resp, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != 200 {
			resp.Body.Close()
		} else {
			t.Cleanup(func() { resp.Body.Close() })
		}
		return resp.StatusCode
	}
	n := 0
	for code := 200; code == 200 && n < 1000; n++ {
		code = open()
	}
	if n < 100 || n >= 1000 {
		t.Errorf("%d watches were opened", n)
	}
	if code, _, _ := c.do(t, "/api/v1/pods", nil); code != 200 {
		t.Errorf("a list beside them: %d", code)
	}
	cancel()
	deadline := time.Now().Add(time.Minute)
	for ctx = t.Context(); ; {
		if code, _, _ := c.do(t, "/api/v1/pods?watch=true&timeoutSeconds=1", nil); code == 200 || time.Now().After(deadline) {
			return
		}
	}
}

// TestQuietWatch: a watch in which nothing happens goes on for as long as was asked for, however short the time of a write is.
func TestQuietWatch(t *testing.T) {
	t.Parallel()
	c := startWith(t, 1, func(s *serve.Server) { s.SetPieceTime(500 * time.Millisecond) })
	r, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/api/v1/pods?watch=true&timeoutSeconds=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || resp.ProtoMajor != 2 || strings.Count(string(b), "ADDED") != 1 {
		t.Errorf("%s: %v: %s", resp.Proto, err, b)
	}
}

// TestGzip: a large list is packed where the client takes that, and is the same list.
func TestGzip(t *testing.T) {
	t.Parallel()
	c := start(t, 2000)
	_, packed, h := c.do(t, "/api/v1/pods", nil) // the transport asks for gzip, and unpacks it
	_, plain, _ := c.do(t, "/api/v1/pods", func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") })
	if packed != plain || strings.Count(plain, `"kind":"Pod"`) != 2000 || h.Get("Vary") == "" {
		t.Errorf("%d and %d bytes", len(packed), len(plain))
	}
	if _, _, h := c.do(t, "/api/v1/pods", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }); h.Get("Content-Encoding") != "gzip" {
		t.Errorf("it is not packed: %v", h)
	}
	if _, _, h := c.do(t, "/api/v1/namespaces/demo/pods/p00000", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }); h.Get("Content-Encoding") != "" {
		t.Errorf("one object is packed")
	}
}

// TestToken: only what holds nothing but what a run wrote has a token, with or without changes that clients make.
func TestToken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := serve.New(nil, l, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	own := string(s.Kubeconfig([]serve.Context{{Name: "now"}, serve.At("asof", 2)}, "asof"))
	token := regexp.MustCompile(`token: (\S+)`).FindStringSubmatch(own)[1]
	ca := regexp.MustCompile(`authority-data: (\S+)`).FindStringSubmatch(own)[1]
	other := base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"))
	for name, c := range map[string]struct{ config, want string }{
		"as written":          {own, token},
		"without the comment": {strings.TrimPrefix(own, serve.Mark), token},
		"with a namespace":    {strings.Replace(own, "    user: etcdscope", "    namespace: demo\n    user: etcdscope", 1) + "preferences: {}\n", token},
		"nothing":             {"", ""},
		"only the comment":    {serve.Mark, ""},
		"a cluster of others": {strings.Replace(own, ca, other, 1), ""},
		"a cluster without":   {strings.Replace(own, "    certificate-authority-data: "+ca+"\n", "", 1), ""},
		"a user of others":    {own + "- name: me\n  user:\n    token: x\n", ""},
		"another user":        {strings.ReplaceAll(own, "etcdscope\n", "me\n"), ""},
		"more of the user":    {own + "    password: x\n", ""},
		"another token":       {strings.Replace(own, token, "x", 1), ""},
		"a context of others": {strings.Replace(own, "    user: etcdscope", "    user: me", 1), ""},
		"cut off":             {own[:len(own)/2], ""},
	} {
		if got := serve.Token([]byte(c.config)); got != c.want {
			t.Errorf("%s: %q, want %q\n%s", name, got, c.want, c.config)
		}
	}
}
