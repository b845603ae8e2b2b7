package objectstore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
)

// TestDownload: what comes back over a bad network is what was uploaded, and an object that was replaced or changed is refused.
func TestDownload(t *testing.T) {
	t.Parallel()
	url, f := store(t)
	b := bucket(t, url, f)
	path, k, data := file(t, "etcd.db", 12<<20+17, 1)
	if err := b.Put(t.Context(), path, &k); err != nil {
		t.Fatal(err)
	}
	o, ok, err := b.Stat(t.Context(), k.Name)
	if err != nil || !ok || o.Bytes != k.Bytes {
		t.Fatal(o, ok, err)
	}
	if _, ok, err := b.Stat(t.Context(), "none"); ok || err != nil {
		t.Error("one that is not there:", ok, err)
	}
	f.rate = 4
	for range 5 {
		to, err := os.Create(filepath.Join(t.TempDir(), "copy"))
		if err != nil {
			t.Fatal(err)
		}
		var done int64
		if err := b.Download(t.Context(), o, to, func(n int64) { done = n }); err != nil {
			t.Fatal(err)
		}
		to.Close()
		if got, err := os.ReadFile(to.Name()); err != nil || !bytes.Equal(got, data) || done != k.Bytes {
			t.Errorf("%d bytes came of %d, %d reported, %v", len(got), len(data), done, err)
		}
	}
	f.rate = 0
	data[100]++ // and the metadata of what it was
	_, err = b.core.Client.PutObject(t.Context(), b.name, b.key(k.Name), bytes.NewReader(data), k.Bytes, minio.PutObjectOptions{UserMetadata: map[string]string{tailKey: k.Tail, sumKey: k.SHA256}, DisableMultipart: true})
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if err := b.Download(t.Context(), o, to, nil); err == nil || !strings.Contains(err.Error(), "digest differs") {
		t.Error("a changed object:", err)
	}
}
