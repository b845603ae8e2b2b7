package objectstore

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// stalling lets one request in so many stand still: before it is sent, in its body, before its answer, or in that.
type stalling struct {
	next http.RoundTripper
	mu   sync.Mutex
	rand *rand.Rand
	rate int
	met  [4]int
}

// still is a body that brings some bytes, and then nothing until the request is given up.
type still struct {
	io.Reader
	io.Closer
	done <-chan struct{}
}

func (s *still) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if n > 0 || err != io.EOF {
		return n, err
	}
	<-s.done
	return 0, errCut
}

func (s *stalling) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	kind := -1
	if s.rand.IntN(s.rate) == 0 {
		kind = s.rand.IntN(4)
		s.met[kind]++
	}
	s.mu.Unlock()
	done := r.Context().Done()
	switch kind {
	case 0:
		<-done
		return nil, r.Context().Err()
	case 1:
		if r.Body != nil {
			r.Body = &still{io.LimitReader(r.Body, 1<<20), r.Body, done}
		}
	case 2:
		if resp, err := s.next.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
		<-done
		return nil, r.Context().Err()
	case 3:
		resp, err := s.next.RoundTrip(r)
		if err == nil && resp.ContentLength > 1 {
			resp.Body = &still{io.LimitReader(resp.Body, resp.ContentLength/2), resp.Body, done}
		}
		return resp, err
	}
	return s.next.RoundTrip(r)
}

// TestStalls: a store that stops to answer, anywhere, costs time and nothing else: each file that was uploaded is there whole, and
// comes back whole.
func TestStalls(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	s := &stalling{next: f, rand: rand.New(rand.NewPCG(3, 4)), rate: 5}
	sound := bucket(t, url, f)
	b, err := Open(sound.place, Options{Env: sound.o.Env, Transport: s, Creds: sound.o.Creds, PartSize: 5 << 20, Pause: time.Millisecond, Attempts: 20, Patience: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{100, 4 << 20, 11 << 20, 6 << 20} {
		path, k, data := file(t, "etcd-"+string(rune('a'+i))+".db", n, byte(i))
		if err := b.Put(t.Context(), path, &k); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(content(t, sound, k.Name), data) {
			t.Errorf("%s is not what was uploaded", k.Name)
		}
		to, err := os.Create(filepath.Join(t.TempDir(), "copy"))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Download(t.Context(), Object{Name: k.Name, Bytes: k.Bytes}, to, nil); err != nil {
			t.Fatal(err)
		}
		to.Close()
		if got, err := os.ReadFile(to.Name()); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s did not come back: %v", k.Name, err)
		}
		if p, err := b.Look(t.Context(), k); err != nil || p != etcdsource.Present {
			t.Error(p, err)
		}
	}
	if n := uploads(t, sound); len(n) > 0 {
		t.Errorf("uploads in parts are left: %v", n)
	}
	if s.met[0] == 0 || s.met[1] == 0 || s.met[2] == 0 || s.met[3] == 0 {
		t.Errorf("not every kind was met: %v", s.met)
	}
}
