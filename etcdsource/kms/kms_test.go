//lint:file-ignore SA1019 API servers before 1.27 know only KMS v1

package kms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	v1 "k8s.io/kms/apis/v1beta1"
	v2 "k8s.io/kms/apis/v2"
)

// server is a real plugin of both versions: what it decrypts is the text without its first letter.
type server struct {
	v1.UnimplementedKeyManagementServiceServer
	socket string
	calls  atomic.Int64
	mu     sync.Mutex
	uids   []string
	slow   time.Duration
	fail   error
	hang   bool
	large  bool
}

type second struct {
	v2.UnimplementedKeyManagementServiceServer
	*server
}

func (s *server) answer(ctx context.Context, text []byte) ([]byte, error) {
	s.calls.Add(1)
	switch {
	case s.hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case s.fail != nil:
		return nil, s.fail
	case s.large:
		return make([]byte, 1<<20), nil
	}
	time.Sleep(s.slow)
	return text[min(1, len(text)):], nil
}

func (s *server) Decrypt(ctx context.Context, r *v1.DecryptRequest) (*v1.DecryptResponse, error) {
	if r.Version != "v1beta1" {
		return nil, errors.New("another version")
	}
	p, err := s.answer(ctx, r.Cipher)
	return &v1.DecryptResponse{Plain: p}, err
}

func (s second) Decrypt(ctx context.Context, r *v2.DecryptRequest) (*v2.DecryptResponse, error) {
	s.mu.Lock()
	s.uids = append(s.uids, r.Uid)
	s.mu.Unlock()
	if string(r.Annotations["a.example.com"]) != "x" || r.KeyId != "kek-1" {
		return nil, status.Error(codes.InvalidArgument, "key id\nand\x1b[31m annotations")
	}
	p, err := s.answer(ctx, r.Ciphertext)
	return &v2.DecryptResponse{Plaintext: p}, err
}

// serve starts a plugin at a socket.
func (s *server) serve(t *testing.T) *Client {
	t.Helper()
	dir, err := os.MkdirTemp("", "kms")
	if err != nil {
		t.Fatal(err)
	}
	s.socket = filepath.Join(dir, "s")
	lis, err := net.Listen("unix", s.socket)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	v1.RegisterKeyManagementServiceServer(g, s)
	v2.RegisterKeyManagementServiceServer(g, second{server: s})
	go g.Serve(lis)
	c := New(t.Context(), []Plugin{{"vault", "v2", "unix://" + s.socket}, {"old", "v1", "unix://" + s.socket}, {"gone", "v2", "unix://" + s.socket + ".not"}, {"none", "v2", "https://x"}})
	t.Cleanup(func() { c.Close(); g.Stop(); os.RemoveAll(dir) })
	return c
}

func source(text string) Source {
	return Source{Plugin: "vault", Version: "v2", KeyID: "kek-1", Text: []byte(text), Annotations: map[string][]byte{"a.example.com": []byte("x")}}
}

// TestOneCallForEachSource: many askers, three sources, three calls, each with a uid of its own.
func TestOneCallForEachSource(t *testing.T) {
	t.Parallel()
	s := &server{}
	c := s.serve(t)
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			of := source(fmt.Sprintf("x%d", i%3))
			if i%3 == 2 {
				of = Source{Plugin: "old", Version: "v1", Text: []byte("x2")}
			}
			if key, err := c.Unwrap(of); err != nil || string(key) != fmt.Sprint(i%3) {
				t.Errorf("%q, %v", key, err)
			}
		})
	}
	wg.Wait()
	if n := s.calls.Load(); n != 3 {
		t.Errorf("%d calls", n)
	}
	if len(s.uids) != 2 || s.uids[0] == s.uids[1] || !strings.HasPrefix(s.uids[0], "etcdscope-") {
		t.Errorf("uids %q", s.uids)
	}
	if said := c.String(); said != "KMS plugin old was asked for a key once and decrypted 1; KMS plugin vault was asked for a key 2 times and decrypted 2" {
		t.Error(said)
	}
}

// TestNothingIsKeptOfPluginsNotNamed: a store may hold any number of sources of plugins that the configuration does not name.
func TestNothingIsKeptOfPluginsNotNamed(t *testing.T) {
	t.Parallel()
	c := New(t.Context(), []Plugin{{"none", "v2", "https://x"}})
	for i := range 100 {
		for _, name := range []string{"other", "none"} {
			if _, err := c.Unwrap(Source{Plugin: name, Version: "v2", Text: fmt.Append(nil, i)}); err == nil || !strings.Contains(err.Error(), name) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	if len(c.keys) > 0 {
		t.Errorf("%d answers are kept", len(c.keys))
	}
}

// TestRate: calls begin no sooner than 200 ms after the one before.
func TestRate(t *testing.T) {
	t.Parallel()
	s := &server{}
	c := s.serve(t)
	begun := time.Now()
	for i := range 4 {
		if _, err := c.Unwrap(source(fmt.Sprintf("x%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took < 3*spacing {
		t.Errorf("4 calls took %s", took)
	}
}

// TestPluginsThatFail: each failure is one line that names the plugin, bounded in time, and what was refused is not asked again.
func TestPluginsThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		s     *server
		of    Source
		says  string
		calls int64 // after it was asked 20 times, for two sources
	}{
		"hangs":        {&server{hang: true}, source("x"), "did not answer within 100ms", 1},
		"refuses":      {&server{fail: status.Error(codes.PermissionDenied, "denied by policy")}, source("x"), "refused: denied by policy", 2},
		"no reason":    {&server{fail: status.Error(codes.Internal, "")}, source("x"), "it gives no reason", 2},
		"another key":  {&server{}, Source{Plugin: "vault", Version: "v2", KeyID: "kek-9", Text: []byte("x")}, "refused: key id and\x1b[31m annotations", 0},
		"large":        {&server{large: true}, source("x"), "answers with more than a key", 2},
		"empty":        {&server{}, source("x"), "returned an empty key", 1},
		"not there":    {&server{}, Source{Plugin: "gone", Version: "v2"}, "there is no socket", 0},
		"no socket":    {&server{}, Source{Plugin: "none", Version: "v2"}, "names no socket for its KMS plugin none", 0},
		"not named":    {&server{}, Source{Plugin: "other", Version: "v2"}, "names no KMS v2 plugin other", 0},
		"other method": {&server{fail: status.Error(codes.Unimplemented, "unknown service")}, source("x"), "is no plugin of that version", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := c.s.serve(t)
			client.timeout = 100 * time.Millisecond
			if !c.s.hang {
				client.timeout = time.Minute
			}
			for i := range 20 {
				of := c.of
				if i%2 == 1 && c.of.Plugin == "vault" && name != "empty" {
					of.Text = append(bytes.Clone(of.Text), 'y')
				}
				key, err := client.Unwrap(of)
				if key != nil || err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "rpc error") || strings.Contains(err.Error(), "desc =") {
					t.Fatalf("%d: %q, %v", i, key, err)
				}
			}
			if n := c.s.calls.Load(); n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
		})
	}
}

// TestSlow waits for a slow plugin, and ends with its context.
func TestSlow(t *testing.T) {
	t.Parallel()
	s := &server{slow: 50 * time.Millisecond}
	c := s.serve(t)
	if key, err := c.Unwrap(source("xk")); string(key) != "k" || err != nil {
		t.Errorf("%q, %v", key, err)
	}
	h := &server{hang: true}
	c = h.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	c.ctx = ctx
	go func() {
		for h.calls.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := c.Unwrap(source("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestAfterClose: what was asked is said when nothing is asked any more, in words for one and for many.
func TestAfterClose(t *testing.T) {
	t.Parallel()
	s := &server{}
	c := s.serve(t)
	ask := func(text string) error {
		_, err := c.Unwrap(source(text))
		return err
	}
	if err := ask("xone"); err != nil {
		t.Fatal(err)
	}
	if want := "KMS plugin vault was asked for a key once and decrypted 1"; c.String() != want {
		t.Errorf("%q, want %q", c.String(), want)
	}
	if err := ask("xtwo"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if want := "KMS plugin vault was asked for a key 2 times and decrypted 2"; c.String() != want {
		t.Errorf("%q, want %q", c.String(), want)
	}
	if err := ask("xthree"); err == nil || s.calls.Load() != 2 {
		t.Errorf("it asks on: %v", err)
	}
}
