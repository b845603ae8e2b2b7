package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestResets: hundreds of requests that a client of HTTP/2 takes back at once leave nothing that runs, and others are answered.
func TestResets(t *testing.T) {
	if testing.Short() {
		t.Skip("hundreds of requests")
	}
	// Not beside other tests: what they start would be counted.
	c := start(t, 2000)
	c.do(t, "/api/v1/pods", nil)
	running := runtime.NumGoroutine()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%5)*time.Millisecond)
				r, err := http.NewRequestWithContext(ctx, "GET", c.url+"/api/v1/pods?watch=true", nil)
				if err != nil {
					t.Error(err)
				}
				r.Header.Set("Authorization", "Bearer "+c.token)
				if resp, err := c.http.Do(r); err == nil {
					resp.Body.Close()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if code, _, _ := c.do(t, "/api/v1/namespaces/demo/pods/p00001", nil); code != 200 {
		t.Errorf("one who asks beside them: %d", code)
	}
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > running+20; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), running)
		}
	}
}

// TestSmuggling: names and headers that mean one thing to one reader and another to the next reach nothing but what is asked for.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for path, want := range map[string]int{
		"/api/v1/namespaces/demo/pods/p00001%00":                                                       400,
		"/api/v1/namespaces/demo/pods/p00001%0d%0aX:%20y":                                              400,
		"/api/v1/namespaces/demo/pods/x%2f..%2fp00001":                                                 404,
		"/api/v1/namespaces/demo%2fpods/p00001":                                                        200, // as the API server reads it
		"/api/v1/namespaces/..%2fpods%2fdemo/configmaps/p00001":                                        404,
		"/api/v1/namespaces/demo/configmaps/..%2f..%2fpods%2fdemo%2fp00001":                            404,
		"/at/2%2f..%2f1/api/v1/pods":                                                                   404,
		"/at/%31/api/v1/pods":                                                                          200,
		"/api/v1/configmaps?fieldSelector=metadata.name%3D../pods/demo/p00001":                         200,
		"/api/v1/configmaps?fieldSelector=metadata.namespace%3D../pods/demo":                           200,
		"/api/v1/configmaps?fieldSelector=metadata.namespace%3Ddemo/../../pods,metadata.name%3Dp00001": 200,
		"/%61pi/v1/pods":   200,
		"/api/v1/pods/%20": 404,
	} {
		code, body, _ := c.do(t, path, nil)
		if code != want || strings.Contains(path, "configmaps") && strings.Contains(body, `"kind":"Pod"`) {
			t.Errorf("%s: %d, want %d: %.200s", path, code, want, body)
		}
	}
	for name, header := range map[string]string{
		"two lengths":         "Content-Length: 5\r\nContent-Length: 6\r\n",
		"length and chunked":  "Content-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n",
		"a second Host":       "Host: evil.example.com\r\n",
		"a space in the name": "Host : evil.example.com\r\n",
	} {
		conn := c.dial(t, "/api/v1/pods", header)
		_, _ = fmt.Fprint(conn, "0\r\n\r\nGET /api/v1/namespaces HTTP/1.1\r\nHost: evil.example.com\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			continue // it is cut
		}
		resp.Body.Close()
		if resp.StatusCode < 400 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}
