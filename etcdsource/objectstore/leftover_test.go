package objectstore

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// dying lets some parts through, and then nothing, as of a process that is killed.
type dying struct {
	next  http.RoundTripper
	parts atomic.Int32 // that still get through
}

func (d *dying) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Has("partNumber") {
		d.parts.Add(-1)
	}
	if d.parts.Load() < 0 {
		return nil, errCut
	}
	return d.next.RoundTrip(r)
}

// uploads are those in parts that are under way in a bucket.
func uploads(t *testing.T, b *Bucket) (keys []string) {
	t.Helper()
	r, err := b.core.ListMultipartUploads(t.Context(), b.name, "", "", "", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range r.Uploads {
		keys = append(keys, u.Key)
	}
	return keys
}

// TestUploadOfAKilledProcess: what it has uploaded is aborted by the next one that makes backups of the same cluster, and no other
// upload is: not another cluster's in the same place, nor one of another program.
func TestUploadOfAKilledProcess(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	f.rate = 0
	die := func(cluster string) {
		b := bucket(t, url, f)
		d := &dying{next: f}
		d.parts.Store(1)
		path, k, _ := file(t, "etcd-"+cluster+".db", 12<<20, 1)
		_, release, err := b.Lock(t.Context(), cluster)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(release)
		dead, err := Open(b.place, Options{Env: b.o.Env, Transport: d, Creds: b.o.Creds, PartSize: 5 << 20, Pause: 1, Attempts: 2})
		if err != nil {
			t.Fatal(err)
		}
		dead.cluster = cluster
		if err := dead.Put(t.Context(), path, &k); err == nil {
			t.Fatal("it was uploaded")
		}
		if err := b.core.RemoveObject(t.Context(), b.name, b.key(ownFolder+"/"+cluster+".lock"), minio.RemoveObjectOptions{}); err != nil { // its time is over
			t.Fatal(err)
		}
	}
	die("one")
	die("two")
	b := bucket(t, url, f)
	if _, err := b.core.NewMultipartUpload(t.Context(), b.name, b.key("foreign"), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := len(uploads(t, b)); n != 3 {
		t.Fatalf("%d uploads are under way", n)
	}
	_, release, err := b.Lock(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	left := uploads(t, b)
	if len(left) != 2 || left[0] != "prod/etcd/etcd-two.db" || left[1] != "prod/etcd/foreign" {
		t.Errorf("under way after the next process has begun: %v", left)
	}
	path, k, data := file(t, "etcd-one.db", 12<<20, 1)
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	if p, err := b.Look(t.Context(), k); err != nil || p != etcdsource.Present || len(content(t, b, k.Name)) != len(data) {
		t.Error(p, err)
	}
	if n := len(uploads(t, b)); n != 2 || content(t, b, noted("one")) != nil {
		t.Errorf("%d uploads are under way, and it is noted: %s", n, content(t, b, noted("one")))
	}
}
