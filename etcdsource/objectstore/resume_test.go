package objectstore

import (
	"bytes"
	"net/http"
	"sync"
	"testing"
)

// counting counts how often each part was sent, and how often the store has said that it has it.
type counting struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent map[string]int
	had  map[string]int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	part := r.URL.Query().Get("partNumber")
	resp, err := c.next.RoundTrip(r)
	if part == "" || r.Method != http.MethodPut {
		return resp, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sent[part]++; err == nil && resp.StatusCode == http.StatusOK {
		c.had[part]++
	}
	return resp, err
}

// TestResume: after a part has failed, or the connection was cut, only that part is sent again: each arrives once, whatever was
// sent before it stays.
func TestResume(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	c := &counting{next: f, sent: map[string]int{}, had: map[string]int{}}
	sound := bucket(t, url, f)
	o := sound.o
	o.Transport = c
	b, err := Open(sound.place, o)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	path, k, data := file(t, "etcd-20260101-000000.db", 42<<20+1, 1)
	f.mu.Lock()
	f.rate = 2
	f.mu.Unlock()
	err = b.Put(t.Context(), path, &k)
	f.mu.Lock()
	f.rate = 0
	f.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content(t, sound, k.Name), data) {
		t.Error("it is not what was uploaded")
	}
	sent := 0
	for part, n := range c.sent {
		if sent += n; c.had[part] > 2 { // an answer may be cut after its status
			t.Errorf("part %s arrived %d times", part, c.had[part])
		}
	}
	if len(c.sent) != 9 || sent < 12 || sent > 40 {
		t.Errorf("%d parts were sent, %d times in all: %v", len(c.sent), sent, c.sent)
	}
}
