package objectstore

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// strangers answers requests without credentials: those for an object as open says, and no others.
type strangers struct {
	next http.RoundTripper
	open bool
}

func (s strangers) RoundTrip(r *http.Request) (*http.Response, error) {
	object := strings.Contains(strings.TrimPrefix(r.URL.Path, "/backups/"), "/")
	if r.Header.Get("Authorization") != "" || s.open && object {
		return s.next.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<Error><Code>AccessDenied</Code></Error>")), Request: r}, nil
}

// TestExposed: what can be read without credentials though no policy and no list of the bucket shows that is said once the lock is there.
func TestExposed(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	for _, open := range []bool{true, false} {
		sound := bucket(t, url, f)
		b, err := Open(sound.place, Options{Env: sound.o.Env, Transport: strangers{f, open}, Creds: sound.o.Creds})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for _, w := range b.Warnings(t.Context()) {
			if strings.Contains(w, "public") {
				t.Errorf("open %v: %s", open, w)
			}
		}
		if b.Exposed(t.Context()) != "" {
			t.Error("it says something without a lock")
		}
		_, release, err := b.Lock(t.Context(), "cluster")
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Exposed(t.Context()); (got != "") != open || open && !strings.Contains(got, "without credentials") {
			t.Errorf("open %v: %q", open, got)
		}
		release()
	}
}
