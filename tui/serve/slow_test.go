package serve_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/tui/serve"
)

// dial asks for a path over HTTP/1.1 and reads nothing of the answer.
func (c *client) dial(t *testing.T, path, header string) *tls.Conn {
	t.Helper()
	config := c.http.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos = []string{"http/1.1"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", strings.TrimPrefix(c.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n%s\r\n", path, c.token, header); err != nil && header == "" {
		t.Fatal(err)
	}
	return conn.(*tls.Conn)
}

// heap is what is in use after a collection, in bytes.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestSlowClients: clients that read nothing cost little memory, are cut when the time of a piece is over, and free their turn;
// what they got is not taken for the whole.
func TestSlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("lists of megabytes")
	}
	// Not beside other tests: what they allocate would be counted.
	c := startWith(t, 30_000, func(s *serve.Server) { s.SetPieceTime(time.Second) })
	_, list, _ := c.do(t, "/api/v1/pods", nil)
	whole := int64(len(list))
	before := heap()
	const clients = 8
	var conns []*tls.Conn
	for range clients {
		conns = append(conns, c.dial(t, "/api/v1/pods", ""))
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", c.url+"/api/v1/pods", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept-Encoding", "identity")
	two, err := c.http.Do(r)
	if err != nil || two.ProtoMajor != 2 {
		t.Fatal(err)
	}
	defer two.Body.Close()
	time.Sleep(300 * time.Millisecond)
	grown := int64(heap()) - int64(before)
	t.Logf("%d bytes for each of %d clients, of %d", grown/clients, clients, whole)
	if grown > clients*4<<20 { // less than half of the list each
		t.Errorf("%d clients that read nothing cost %d bytes", clients, grown)
	}
	time.Sleep(2 * time.Second)
	if code, body, _ := c.do(t, "/api/v1/namespaces/demo/pods/p00001", nil); code != 200 {
		t.Errorf("one who reads beside them: %d %.200s", code, body)
	}
	if n, err := io.Copy(io.Discard, two.Body); err == nil && n != whole {
		t.Errorf("a client of HTTP/2 takes %d of %d bytes for the whole", n, whole)
	}
	cut := 0
	for i, conn := range conns {
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			cut++
			continue
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil {
			cut++
		} else if n != whole {
			t.Errorf("client %d takes %d of %d bytes for the whole", i, n, whole)
		}
	}
	if cut == 0 {
		t.Error("none of them is cut")
	}
}

// TestStalledReads: clients that ask for lists and read nothing, more than are answered at once, hold up others for a few seconds
// a turn, and not until those are refused.
func TestStalledReads(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for clients to be cut")
	}
	t.Parallel()
	c := startWith(t, 30_000, func(s *serve.Server) { s.SetReads(2) })
	for range 4 {
		c.dial(t, "/api/v1/pods", "")
	}
	time.Sleep(300 * time.Millisecond)
	if code, body, _ := c.do(t, "/api/v1/namespaces/demo/pods/p00001", nil); code != 200 {
		t.Errorf("one who reads behind them: %d %.200s", code, body)
	}
}

// TestHTTP1: the same guard and the same answers without HTTP/2, and headers that are too large.
func TestHTTP1(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for _, x := range []struct {
		path, header, has string
		code              int
	}{
		{"/api/v1/pods", "", `"p00001"`, 200},
		{"/api/v1/namespaces/demo/pods/..%2f..%2fx", "", `"kind":"Status"`, 404},
		{"/api/v1/namespaces/demo/pods/%2e%2e", "", `"kind":"Status"`, 404},
		{"/api/v1/../../etc/passwd", "", `"kind":"Status"`, 404},
		{"//api/v1/pods", "", `"kind":"Status"`, 404},
		{"/api/v1/pods?labelSelector=" + strings.Repeat("a,", 20<<10), "", `"kind":"Status"`, 414},
		{"/api/v1/pods", "X: " + strings.Repeat("x", 200<<10) + "\r\n", "", 431},
		{"/api/v1/pods?watch=true&timeoutSeconds=1", "", `{"type":"ADDED"`, 200},
	} {
		conn := c.dial(t, x.path, x.header)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%.80s: %v", x.path, err)
			continue
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != x.code || !strings.Contains(string(b), x.has) || x.code != 431 && err != nil {
			t.Errorf("%.80s: %d, want %d: %v %.200s", x.path, resp.StatusCode, x.code, err, b)
		}
	}
}

// TestManyWatches: of a thousand watches with a connection each, those beyond the limit are refused with a Status, others are
// answered beside them, and each costs little memory and few goroutines.
func TestManyWatches(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand connections")
	}
	// Not beside other tests: what they allocate would be counted.
	c := start(t, 1)
	c.do(t, "/api/v1/pods", nil)
	before, running := heap(), runtime.NumGoroutine()
	codes := map[int]int64{}
	refused := ""
	for range 1000 {
		conn := c.dial(t, "/api/v1/pods?watch=true", "")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("after %v: %v", codes, err)
		}
		if codes[resp.StatusCode]++; resp.StatusCode != 200 {
			b, _ := io.ReadAll(resp.Body)
			refused = string(b)
			conn.Close()
		}
	}
	n := codes[200]
	if n < 100 || codes[429] != 1000-n || !strings.Contains(refused, `"kind":"Status"`) || !strings.Contains(refused, `"reason":"TooManyRequests"`) {
		t.Errorf("answers %v: %s", codes, refused)
	}
	if code, _, _ := c.do(t, "/api/v1/pods", nil); code != 200 {
		t.Errorf("a list beside them: %d", code)
	}
	grown, more := int64(heap())-int64(before), int64(runtime.NumGoroutine()-running)
	t.Logf("%d watches: %d bytes and %.1f goroutines each, the clients' with them", n, grown/n, float64(more)/float64(n))
	if grown/n > 128<<10 || more > 5*n {
		t.Errorf("%d watches cost %d bytes and %d goroutines", n, grown, more)
	}
}
