package objectstore

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

func TestMain(m *testing.M) { etcdtest.Main(m) }

// faulty fails, stalls and cuts requests at random, and notes their headers.
type faulty struct {
	next http.RoundTripper
	mu   sync.Mutex
	rand *rand.Rand
	rate int // one request in so many goes wrong; 0: none
	seen []*http.Request
}

var errCut = errors.New("connection reset by peer")

func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.seen = append(f.seen, r)
	kind := -1
	if f.rate > 0 && f.rand.IntN(f.rate) == 0 {
		kind = f.rand.IntN(5)
	}
	at := int64(f.rand.IntN(4 << 20))
	f.mu.Unlock()
	switch kind {
	case 0: // it does not arrive
		return nil, errCut
	case 1: // it arrives in part
		if r.Body != nil {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(r.Body, at), failing{}), r.Body}
		}
	case 2: // its answer is lost
		if resp, err := f.next.RoundTrip(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		return nil, errCut
	case 3: // it is asked to come again
		return &http.Response{StatusCode: 503, Status: "503 Slow Down", Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<Error><Code>SlowDown</Code></Error>")), Request: r}, nil
	case 4: // its answer is cut
		resp, err := f.next.RoundTrip(r)
		if err == nil && resp.ContentLength > 1 {
			resp.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(io.LimitReader(resp.Body, resp.ContentLength/2), failing{}), resp.Body}
		}
		return resp, err
	}
	return f.next.RoundTrip(r)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

// store is an S3 store over TLS.
func store(t *testing.T) (url string, f *faulty) {
	t.Helper()
	mem := s3mem.New()
	if err := mem.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(gofakes3.New(mem, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	next := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	t.Cleanup(func() { next.CloseIdleConnections(); server.Close() })
	return server.URL, &faulty{next: next, rand: rand.New(rand.NewPCG(1, 2))}
}

func bucket(t *testing.T, url string, f *faulty, change ...func(*etcdsource.Place)) *Bucket {
	t.Helper()
	p := etcdsource.Place{Path: "s3://backups/prod/etcd", Endpoint: url}
	for _, c := range change {
		c(&p)
	}
	b, err := Open(p, Options{Env: func(string) string { return "" }, Transport: f, Creds: credentials.NewStaticV4("key", "CANARY", ""), PartSize: 5 << 20, Pause: time.Millisecond, Attempts: 12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// file makes a file of some bytes, and what is known of it.
func file(t *testing.T, name string, n int, seed byte) (string, etcdsource.Kept, []byte) {
	t.Helper()
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{seed})
	_, _ = r.Read(data)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, etcdsource.Kept{Name: name, Bytes: int64(n), Tail: hex.EncodeToString(data[n-32:])}, data
}

// content is what a bucket has under a name.
func content(t *testing.T, b *Bucket, name string) []byte {
	t.Helper()
	data, _, err := b.get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFaults: through a line that fails, cuts and loses answers, what Put says is there is there, whole, and what it says has
// failed is never taken for a good one that is not.
func TestFaults(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	good := map[string][]byte{}
	failed := 0
	for i := range 24 {
		name := fmt.Sprintf("etcd-20260101-0000%02d.db", i)
		size := []int{40, 100_000, 5 << 20, 12<<20 + 77}[i%4]
		path, k, data := file(t, name, size, byte(i))
		f.mu.Lock()
		f.rate = []int{2, 3, 5}[i%3]
		f.mu.Unlock()
		err := b.Put(t.Context(), path, &k)
		f.mu.Lock()
		f.rate = 0
		f.mu.Unlock()
		if err == nil {
			good[name] = data
		} else {
			failed++
		}
		p, lerr := b.Look(t.Context(), k)
		if lerr != nil || err == nil && p != etcdsource.Present {
			t.Fatalf("%s: %v, looks like %d, %v", name, err, p, lerr)
		}
		if p == etcdsource.Present && !bytes.Equal(content(t, b, name), data) {
			t.Fatalf("%s (%v) is not what was sent", name, err)
		}
	}
	for name, data := range good {
		if !bytes.Equal(content(t, b, name), data) {
			t.Errorf("%s is not what it was", name)
		}
	}
	if len(good) < 12 {
		t.Errorf("only %d uploads have succeeded, %d failed", len(good), failed)
	}
}

// TestForeign: what exists is not replaced, and what is not what was put is not removed.
func TestForeign(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	path, k, _ := file(t, "etcd-20260101-000000.db", 100, 1)
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	other, k2, _ := file(t, k.Name, 100, 2)
	if err := b.Put(t.Context(), other, &k2); !errors.Is(err, fs.ErrExist) {
		t.Errorf("it was replaced: %v", err)
	}
	if err := b.Remove(t.Context(), k2); !errors.Is(err, etcdsource.ErrForeign) {
		t.Errorf("another one is removed: %v", err)
	}
	if err := b.set(t.Context(), "notes.txt", []byte("x"), nothing); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(t.Context(), etcdsource.Kept{Name: "notes.txt", Bytes: 1, Tail: k.Tail}); !errors.Is(err, etcdsource.ErrForeign) {
		t.Errorf("what is no backup is removed: %v", err)
	}
	if err := b.Remove(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Look(t.Context(), k); p != etcdsource.Absent || err != nil {
		t.Errorf("%d, %v", p, err)
	}
	if err := b.Remove(t.Context(), k); err != nil {
		t.Errorf("what is gone: %v", err)
	}
}

// TestHeaders: server-side encryption and object lock are asked for, in one piece and in parts.
func TestHeaders(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f, func(p *etcdsource.Place) { p.SSE, p.ObjectLock = "aws:kms:my-key", "compliance:30" })
	for name, size := range map[string]int{"etcd-20260101-000000.db": 100, "etcd-20260101-000001.db": 11 << 20} {
		path, k, _ := file(t, name, size, 1)
		if err := b.Put(t.Context(), path, &k); err != nil {
			t.Fatal(err)
		}
	}
	found := 0
	for _, r := range f.seen {
		if _, starts := r.URL.Query()["uploads"]; r.Method == http.MethodPut && !r.URL.Query().Has("partNumber") || starts && r.Method == http.MethodPost {
			found++
			until, err := time.Parse(time.RFC3339, r.Header.Get("X-Amz-Object-Lock-Retain-Until-Date"))
			if r.Header.Get("X-Amz-Server-Side-Encryption") != "aws:kms" || r.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id") != "my-key" ||
				r.Header.Get("X-Amz-Object-Lock-Mode") != "COMPLIANCE" || err != nil || time.Until(until) < 29*24*time.Hour {
				t.Errorf("%s %s: %v", r.Method, r.URL, r.Header)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d objects were begun", found)
	}
}

// TestLock: one holds it, a second one is refused, also at the same time, and takes it after the first has gone.
func TestLock(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	one, two := bucket(t, url, f), bucket(t, url, f)
	one.o.Lease, two.o.Lease = 300*time.Millisecond, 300*time.Millisecond
	lost, release, err := one.Lock(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := two.Lock(t.Context(), "c1"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("two hold it: %v", err)
	}
	if _, free, err := two.Lock(t.Context(), "c2"); err != nil {
		t.Errorf("another cluster: %v", err)
	} else {
		free()
	}
	if lost.Err() != nil {
		t.Error("it was lost")
	}
	release()
	held, winners := make(chan func(), 8), 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, free, err := bucket(t, url, f).Lock(t.Context(), "c1"); err == nil {
				held <- free
			}
		})
	}
	all.Wait()
	close(held)
	for free := range held {
		winners++
		free()
	}
	if winners != 1 {
		t.Errorf("%d hold it at the same time", winners)
	}
}

// TestSafe: no http unless asked for, no redirect, no credential in an error, and warnings of unsafe settings.
func TestSafe(t *testing.T) {
	t.Parallel()
	env := func(string) string { return "" }
	for _, bad := range []etcdsource.Place{{Path: "s3://"}, {Path: "s3:///x"}, {Path: "s3://bkt/../x"}, {Path: "s3://bkt", Endpoint: "http://h"}, {Path: "s3://bkt", Endpoint: "https://u:CANARY@h"},
		{Path: "s3://u:CANARY@b"}, {Path: "s3://bkt", Endpoint: "https://h/path"}, {Path: "s3://bkt", SSE: "x"}, {Path: "s3://bkt", ObjectLock: "governance"}, {Path: "s3://bkt", ObjectLock: "x:5"}} {
		if _, err := Open(bad, Options{Env: env}); err == nil || strings.Contains(strings.ReplaceAll(err.Error(), bad.Path, ""), "CANARY") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := Open(etcdsource.Place{Path: "s3://bkt", Endpoint: "http://h", InsecureHTTP: true}, Options{Env: env}); err != nil {
		t.Error(err)
	}
	asked := 0
	thief := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer thief.Close()
	from := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer from.Close()
	next := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // both are ours
	defer next.CloseIdleConnections()
	b := bucket(t, from.URL, &faulty{next: next, rand: rand.New(rand.NewPCG(1, 1))})
	_, err := b.Index(t.Context(), "x.json")
	if err == nil || asked > 0 || strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "Signature") {
		t.Errorf("%d requests after a redirect, %v", asked, err)
	}
	url, f := store(t)
	if list := bucket(t, url, f).Warnings(t.Context()); len(list) == 0 || !strings.Contains(list[0], "is public") {
		t.Errorf("a store that lets anybody list: %v", list)
	}
}

// TestPolicy: which policies let anybody read.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}`:                                     true,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:ListBucket","s3:*"]}]}`:                 true,
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject"}]}`:                                      false,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"s3:*"}]}`:                   false,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"IpAddress":{"a":"b"}}}]}`: false,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject"}]}`:                                     false,
		`x`: false,
	} {
		if got := open(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestRate: an upload takes as long as its rate says, and what is sent is whole.
func TestRate(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f, func(p *etcdsource.Place) { p.MaxRate = 400_000 })
	path, k, data := file(t, "etcd-20260101-000000.db", 200_000, 1)
	began := time.Now()
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 450*time.Millisecond {
		t.Errorf("it took %s", took)
	}
	if !bytes.Equal(content(t, b, k.Name), data) {
		t.Error("it is not what was sent")
	}
}

func nothing(*minio.PutObjectOptions) {}
