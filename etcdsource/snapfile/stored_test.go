package snapfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

func TestStoredSaysWhichClusterWroteTheFile(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	for end := time.Now().Add(time.Minute); s.Etcd.Server.ClusterVersion() == nil && time.Now().Before(end); { // its leader agrees on it some time after it is ready
		time.Sleep(10 * time.Millisecond)
	}
	rd, err := s.Writer().Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rd.Close()
	path := filepath.Join(t.TempDir(), "snapshot.db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFrom(rd); err != nil {
		t.Fatal(err)
	}
	f.Close()
	src, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got, err := src.Stored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.ClusterVersion != "3.7.0" || got.Auth || len(got.Alarms) != 0 || len(got.Members) != 1 {
		t.Fatalf("%+v", got)
	}
	if m := got.Members[0]; m.Name != s.Config.Name || len(m.PeerURLs) != 1 || m.PeerURLs[0] != s.Config.AdvertisePeerUrls[0].String() || m.ID != uint64(s.Etcd.Server.MemberID()) {
		t.Errorf("%+v", m)
	}
}
