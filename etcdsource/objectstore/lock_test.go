package objectstore

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// changed changes requests or their answers.
type changed struct {
	next   http.RoundTripper
	before func(*http.Request)
	after  func(*http.Request, *http.Response)
}

func (c *changed) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.before != nil {
		r = r.Clone(r.Context())
		c.before(r)
	}
	answer, err := c.next.RoundTrip(r)
	if err == nil && c.after != nil {
		c.after(r, answer)
	}
	return answer, err
}

// through is a bucket that is reached through a transport.
func through(t *testing.T, b *Bucket, next http.RoundTripper, patience time.Duration) *Bucket {
	t.Helper()
	o := b.o
	o.Transport, o.Patience, o.PartSize = next, patience, 5<<20
	other, err := Open(b.place, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return other
}

// TestLockClocks: whether a lock is over is said by the clock of the store, whatever those of the holders say; where the store says
// nothing, by that of the holder.
func TestLockClocks(t *testing.T) {
	t.Parallel()
	const none = -1
	for name, c := range map[string]struct {
		ends  time.Duration // from now, by the clock of the holder
		age   time.Duration // by the clock of the store; none: it does not say
		lease time.Duration // as the holder says
		free  bool
	}{
		"a clock that was years ahead":    {20_000 * time.Hour, 5 * time.Minute, 0, true},
		"a clock that is hours behind":    {-5 * time.Hour, time.Minute, 0, false},
		"just renewed":                    {3 * time.Minute, 0, 0, false},
		"killed":                          {-time.Minute, 4 * time.Minute, 0, true},
		"no clock, it is held":            {time.Minute, none, 0, false},
		"no clock, but it was killed":     {-time.Minute, none, 0, true},
		"written in the store's future":   {time.Minute, -time.Hour, 0, false},
		"killed a moment ago, with slack": {-time.Second, 3*time.Minute + 20*time.Second, 0, false},
		"no clock, killed, with slack":    {-10 * time.Second, none, 0, false},
		"a longer lease than ours":        {-time.Second, 10 * time.Minute, 20 * time.Minute, false},
		"a shorter lease than ours":       {-time.Second, 2 * time.Minute, time.Minute, true},
		"a lease without end":             {-time.Second, 2 * time.Hour, 20_000 * time.Hour, true},
	} {
		url, f := store(t)
		b := bucket(t, url, f)
		text, err := json.Marshal(holder{Owner: "other", Host: "h", Expires: time.Now().Add(c.ends), Seconds: c.lease.Seconds()})
		if err == nil {
			err = b.set(t.Context(), ownFolder+"/c1.lock", text, nothing)
		}
		if err != nil {
			t.Fatal(err)
		}
		var asked atomic.Int64
		two := through(t, b, &changed{next: f, after: func(r *http.Request, answer *http.Response) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, ".lock") || asked.Add(1) > 1 {
				return
			}
			at := time.Now().UTC()
			answer.Header.Set("Date", at.Format(http.TimeFormat))
			answer.Header.Set("Last-Modified", at.Add(-c.age).Format(http.TimeFormat))
			if c.age == none {
				answer.Header.Del("Date")
			}
		}}, time.Second)
		_, release, err := two.Lock(t.Context(), "c1")
		if (err == nil) != c.free || err != nil && !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			release()
		}
	}
}

// TestLockWithoutConditions: in a store that ignores If-None-Match and If-Match, one of several holds the lock.
func TestLockWithoutConditions(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	deaf := &changed{next: f, before: func(r *http.Request) { r.Header.Del("If-None-Match"); r.Header.Del("If-Match") }}
	var won atomic.Int64
	var all, held sync.WaitGroup
	held.Add(1)
	for range 6 {
		all.Go(func() {
			_, release, err := through(t, b, deaf, 12*time.Second).Lock(t.Context(), "c1")
			if err == nil {
				won.Add(1)
				held.Wait()
				release()
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	time.AfterFunc(4*time.Second, held.Done)
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d hold it", won.Load())
	}
}

// TestLockAnswerLost: a lock that was written, and whose answer was lost, is held.
func TestLockAnswerLost(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	var puts atomic.Int64
	lossy := &changed{next: f, after: func(r *http.Request, answer *http.Response) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, ".lock") && puts.Add(1) == 1 {
			_, _ = io.Copy(io.Discard, answer.Body)
			answer.StatusCode, answer.Status, answer.Body = http.StatusServiceUnavailable, "503 lost", io.NopCloser(strings.NewReader(""))
		}
	}}
	_, release, err := through(t, b, lossy, time.Second).Lock(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	release()
	if data := content(t, b, ownFolder+"/c1.lock"); data != nil {
		t.Errorf("it is not released: %s", data)
	}
}

// TestLockReleaseFails: where the store does not remove the lock at the first request, it is asked again: else no other process could
// make backups until the lock is over.
func TestLockReleaseFails(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	var asked atomic.Int64
	failing := &changed{next: f, before: func(r *http.Request) {
		if r.Method == http.MethodDelete && asked.Add(1) == 1 {
			r.URL.Path = "/no-such-bucket-503/x"
		}
	}, after: func(r *http.Request, answer *http.Response) {
		if r.Method == http.MethodDelete && asked.Load() == 1 {
			answer.StatusCode, answer.Status, answer.Body = http.StatusServiceUnavailable, "503 busy", io.NopCloser(strings.NewReader(""))
		}
	}}
	_, release, err := through(t, b, failing, time.Second).Lock(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	release()
	if data := content(t, b, ownFolder+"/c1.lock"); data != nil || asked.Load() != 2 {
		t.Errorf("after %d requests it is not released: %s", asked.Load(), data)
	}
}

// TestLockOfASleeper: a machine that has slept longer than its lock lasts writes and removes nothing where another process holds the
// lock meanwhile, and goes on where none does.
func TestLockOfASleeper(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	_, release, err := b.Lock(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	path, k, data := file(t, "etcd-20260101-000000.db", 100, 1)
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	b.lease.until.Store(1)
	if err := b.SetIndex(t.Context(), "c1.json", []byte("{}")); err != nil {
		t.Errorf("no process has taken the lock: %v", err)
	}
	if err := b.set(t.Context(), ownFolder+"/c1.lock", []byte(`{"owner":"other"}`), nothing); err != nil {
		t.Fatal(err)
	}
	if err := b.SetIndex(t.Context(), "c1.json", []byte("{}")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the index of another holder is written: %v", err)
	}
	if err := b.Remove(t.Context(), k); !errors.Is(err, fs.ErrExist) || len(content(t, b, k.Name)) != len(data) {
		t.Errorf("a backup is removed: %v", err)
	}
	other, k2, _ := file(t, "etcd-20260101-000001.db", 100, 2)
	if err := b.Put(t.Context(), other, &k2); !errors.Is(err, fs.ErrExist) || content(t, b, k2.Name) != nil {
		t.Errorf("a backup is put: %v", err)
	}
}

// TestConfirm: all bytes of an upload are read whose process was killed before it compared them.
func TestConfirm(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	path, k, data := file(t, "etcd-20260101-000000.db", 12<<20, 1)
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	pending := etcdsource.Kept{Name: k.Name, Bytes: k.Bytes, Tail: k.Tail}
	if p, err := b.Confirm(t.Context(), pending); p != etcdsource.Present || err != nil {
		t.Errorf("%d, %v", p, err)
	}
	data[1000]++
	o := b.options(&k)
	if _, err := b.core.PutObject(t.Context(), b.name, b.key(k.Name), strings.NewReader(string(data)), k.Bytes, "", "", o); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Look(t.Context(), pending); p != etcdsource.Present || err != nil {
		t.Fatalf("it does not look like it: %d, %v", p, err)
	}
	if p, err := b.Confirm(t.Context(), pending); p != etcdsource.Other || err != nil {
		t.Errorf("one byte of it is another: %d, %v", p, err)
	}
	if p, err := b.Confirm(t.Context(), etcdsource.Kept{Name: "none"}); p != etcdsource.Absent || err != nil {
		t.Errorf("%d, %v", p, err)
	}
}

// TestCompleteReplacesNothing: an upload in parts, too, is completed only where no object has appeared under its name.
func TestCompleteReplacesNothing(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	path, k, _ := file(t, "etcd-20260101-000000.db", 12<<20, 1)
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	completed := 0
	for _, r := range f.seen {
		if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
			if completed++; r.Header.Get("If-None-Match") != "*" {
				t.Errorf("%s: %v", r.URL, r.Header)
			}
		}
	}
	if completed != 1 {
		t.Errorf("%d uploads were completed", completed)
	}
}

// TestUploadLeftByItself: an upload that could not be aborted when it failed is aborted before the next one; what a note names outside
// of the place is not touched.
func TestUploadLeftByItself(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	d := &dying{next: f}
	d.parts.Store(1)
	own := through(t, b, d, time.Second)
	own.cluster, own.o.Attempts, own.o.Pause = "c1", 2, 1
	path, k, data := file(t, "etcd-20260101-000000.db", 12<<20, 1)
	if err := own.Put(t.Context(), path, &k); err == nil || len(uploads(t, b)) != 1 {
		t.Fatalf("%v, %v", err, uploads(t, b))
	}
	d.parts.Store(1000)
	if err := own.Put(t.Context(), path, &k); err != nil || len(content(t, b, k.Name)) != len(data) {
		t.Fatal(err)
	}
	if left := uploads(t, b); len(left) != 0 {
		t.Errorf("under way: %v", left)
	}
	id, err := b.core.NewMultipartUpload(t.Context(), b.name, "other/etcd.db", minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(underWay{"other/etcd.db", id})
	if err == nil {
		err = b.set(t.Context(), noted("c1"), text, nothing)
	}
	if err != nil {
		t.Fatal(err)
	}
	own.abortLeft(t.Context())
	if left := uploads(t, b); len(left) != 1 {
		t.Errorf("under way: %v", left)
	}
}

// TestLockLost: a process whose lock was removed, or is another's, learns it when it renews the lock, and at once when it is to write; the
// reason is the cause of the context that ends.
func TestLockLost(t *testing.T) {
	t.Parallel()
	for _, removed := range []bool{true, false} {
		for _, writes := range []bool{true, false} {
			url, f := store(t)
			b := bucket(t, url, f)
			if !writes {
				b.o.Lease = 300 * time.Millisecond
			}
			lost, release, err := b.Lock(t.Context(), "c1")
			if err != nil {
				t.Fatal(err)
			}
			if removed {
				err = b.core.RemoveObject(t.Context(), b.name, b.key(ownFolder+"/c1.lock"), minio.RemoveObjectOptions{})
			} else {
				err = b.set(t.Context(), ownFolder+"/c1.lock", []byte(`{"owner":"other"}`), nothing)
			}
			if err != nil {
				t.Fatal(err)
			}
			if writes {
				if err := b.SetIndex(t.Context(), "c1.json", []byte("{}")); !errors.Is(err, etcdsource.ErrLockLost) || lost.Err() == nil {
					t.Errorf("removed %v: it writes: %v", removed, err)
				}
			}
			select {
			case <-lost.Done():
			case <-time.After(time.Minute):
				t.Error("its context does not end")
			}
			var own *etcdsource.Problem
			if cause := context.Cause(lost); !errors.Is(cause, etcdsource.ErrLockLost) || !errors.As(cause, &own) || own.Do == "" || errors.Is(cause, fs.ErrNotExist) != removed {
				t.Errorf("removed %v, by writing %v: %v", removed, writes, cause)
			}
			release()
		}
	}
}

// TestLockReleased: a lock that is given back is not lost.
func TestLockReleased(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	b.o.Lease = 30 * time.Millisecond
	lost, release, err := b.Lock(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	release()
	if cause := context.Cause(lost); !errors.Is(cause, context.Canceled) {
		t.Error(cause)
	}
}
