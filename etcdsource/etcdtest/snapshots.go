package etcdtest

import (
	"compress/gzip"
	"embed"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// snapshots were saved from real servers, after 150 requests of a Load:
//
//	go test -tags chaos ./etcdsource/snapfile -run TestWriteBase -etcd PROGRAM -base-out FILE
//
//go:embed snapshots
var snapshots embed.FS

// Versions are the minor versions of etcd of which there is a snapshot.
var Versions = []string{"3.5", "3.6", "3.7"}

// Snapshot writes the snapshot of a minor version into a temporary folder and returns its path.
func Snapshot(t testing.TB, version string) string {
	t.Helper()
	f, err := snapshots.Open("snapshots/" + version + ".db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	path := filepath.Join(t.TempDir(), version+".db")
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
