package open

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
)

// stopped is a node of kubeadm whose etcd was stopped, and the finder that finds it.
func stopped(t *testing.T, put int) (root string, revision int64, find finder) {
	t.Helper()
	s := etcdtest.New(t)
	for range put {
		revision = s.Put("/registry/configmaps/shop/a")
	}
	s.Stop()
	root = t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "var/lib/etcd"), os.DirFS(s.Config.Dir)); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(root, "etc/kubernetes/manifests/etcd.yaml")
	if err := os.MkdirAll(filepath.Dir(manifest), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, []byte("    - etcd\n    - --name=cp1\n    - --initial-cluster=cp1=http://127.0.0.1:1,cp2=http://127.0.0.2:1\n    - --data-dir=/var/lib/etcd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	find = func(context.Context, string) []discover.Candidate {
		return []discover.Candidate{{Distribution: "kubeadm", Endpoints: []string{"http://127.0.0.1:1"}, DataDir: filepath.Join(root, "var/lib/etcd"), Usable: true, From: manifest}}
	}
	return root, revision, find
}

// TestOffline: of an etcd that was stopped its data directory is found, with its revision and the members that it knows;
// backups beside it by their revision; and all of these members are asked.
func TestOffline(t *testing.T) {
	t.Parallel()
	root, revision, find := stopped(t, 7)
	if err := os.Mkdir(filepath.Join(root, "var/lib/snapshots"), 0o700); err != nil {
		t.Fatal(err)
	}
	list := func(context.Context, string) ([]etcdsource.Backup, error) {
		return []etcdsource.Backup{{Path: "/b/foreign", Foreign: true}, {Path: "/b/bad", Verdict: etcdsource.BackupDamaged, Revision: 99}, {Path: "/b/newer", Revision: revision + 1}, {Path: "/b/older", Revision: 2}}, nil
	}
	o := Options{Root: root, Env: noEnv}
	off := offline(t.Context(), o, list, find)
	if len(off.Copies) != 3 || off.Copies[0].Path != "/b/newer" || off.Copies[1].Revision != revision || !off.Copies[1].DataDir || off.Copies[1].Running || off.Copies[2].Path != "/b/older" {
		t.Errorf("%+v", off.Copies)
	}
	if c := off.Copies[1]; c.Cluster == 0 || c.Member == 0 || len(off.Members) == 0 || c.Member != off.Members[0].ID {
		t.Errorf("whose it is: %+v, %+v", c, off.Members)
	}
	if best := off.Best(); best == nil || !best.DataDir {
		t.Errorf("to open: %+v", best)
	}
	if len(off.Members) != 1 || off.Members[0].ID == 0 || !strings.HasSuffix(off.From, "/var/lib/etcd") || off.Distribution != "kubeadm" || off.Member != "cp1" {
		t.Errorf("%+v", off)
	}
	p, err := Ask(etcdtest.Within(t, time.Minute), o, &off)
	if err != nil || p.Guessed || len(p.Members) != 1 || p.Members[0].Answered || p.Members[0].Fault == "" || p.Members[0].ID != off.Members[0].ID {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestOfflineByManifest: without a data directory the members are those of the manifest; each has a row.
func TestOfflineByManifest(t *testing.T) {
	t.Parallel()
	root, _, find := stopped(t, 1)
	if err := os.RemoveAll(filepath.Join(root, "var/lib/etcd")); err != nil {
		t.Fatal(err)
	}
	o := Options{Root: root, Env: noEnv}
	off := offline(t.Context(), o, nil, find)
	if len(off.Members) != 2 || off.Members[1].Name != "cp2" || !strings.Contains(off.From, "etcd.yaml") || off.Best() != nil {
		t.Fatalf("%+v", off)
	}
	p, err := Ask(etcdtest.Within(t, time.Minute), o, &off)
	if err != nil || len(p.Members) != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	for i, want := range []string{"http://127.0.0.1:1", "http://127.0.0.2:1"} {
		if m := p.Members[i]; m.Answered || m.Endpoint != want || m.Fault == "" {
			t.Errorf("%+v", m)
		}
	}
}

// TestOfflineUsualPlace: where nothing names an etcd, the data directory at etcd's usual place is found, also one that was moved aside; for
// addresses of other machines it is not.
func TestOfflineUsualPlace(t *testing.T) {
	t.Parallel()
	root, revision, _ := stopped(t, 5)
	none := func(context.Context, string) []discover.Candidate { return nil }
	dir := filepath.Join(root, "var/lib/etcd")
	at := func(endpoints ...string) etcdsource.Offline {
		return offline(t.Context(), Options{Root: root, Env: noEnv, Live: live.Config{Endpoints: endpoints}}, nil, none)
	}
	if off := at(); off.DataDir != dir || len(off.Copies) != 1 || off.Copies[0].Path != dir || off.Copies[0].Revision != revision || !off.Copies[0].Unproven || len(off.Members) != 0 {
		t.Errorf("%+v", off)
	}
	if off := at("127.0.0.1:1"); len(off.Copies) != 1 || !off.Copies[0].Unproven {
		t.Errorf("of an address that its members do not name: %+v", off)
	}
	if off := at("192.0.2.1:2379"); off.DataDir != "" || len(off.Copies) != 0 {
		t.Errorf("of another machine: %+v", off)
	}
	if err := os.Rename(dir, dir+etcdsource.Aside); err != nil {
		t.Fatal(err)
	}
	if off := at(); off.Best() == nil || off.Best().Path != dir+etcdsource.Aside {
		t.Errorf("moved aside: %+v", off)
	}
	if err := os.RemoveAll(dir + etcdsource.Aside + "/member"); err != nil {
		t.Fatal(err)
	}
	if off := at(); off.DataDir != "" || len(off.Copies) != 0 {
		t.Errorf("an empty folder: %+v", off)
	}
}

// TestOfflineElsewhere: an address of another machine, or of another port, has nothing to do with this one's etcd.
func TestOfflineElsewhere(t *testing.T) {
	t.Parallel()
	root, _, find := stopped(t, 1)
	for endpoint, want := range map[string]int{"https://192.0.2.7:1": 0, "127.0.0.1:2379": 0, "localhost:1": 1, "http://127.0.0.1:1": 1} {
		off := offline(t.Context(), Options{Root: root, Env: noEnv, Live: live.Config{Endpoints: []string{endpoint}}}, nil, find)
		if len(off.Copies) != want {
			t.Errorf("%s: %+v", endpoint, off)
		}
	}
}

// TestOfflineOfAnotherCluster: a data directory whose members have other addresses than those that were given is not called the cluster's,
// nor are its members.
func TestOfflineOfAnotherCluster(t *testing.T) {
	t.Parallel()
	root, _, find := stopped(t, 1)
	seen := offline(t.Context(), Options{Root: root, Env: noEnv}, nil, find)
	if len(seen.Members) != 1 || len(seen.Members[0].ClientURLs) == 0 || seen.Copies[0].Unproven {
		t.Fatalf("none was given: %+v", seen)
	}
	own := seen.Members[0].ClientURLs[0]
	also := func(ctx context.Context, root string) []discover.Candidate {
		found := find(ctx, root)
		found[0].Endpoints = append(found[0].Endpoints, own)
		return found
	}
	for given, unproven := range map[string]bool{"http://127.0.0.1:1": true, own: false} {
		off := offline(t.Context(), Options{Root: root, Env: noEnv, Live: live.Config{Endpoints: []string{given}}}, nil, also)
		if len(off.Copies) != 1 || off.Copies[0].Unproven != unproven || (len(off.Members) == 0) != unproven {
			t.Errorf("%s: %+v", given, off)
		}
	}
}

// TestAskFindsTheOthers: where this node's member is gone, one that only its files know of answers for the cluster.
func TestAskFindsTheOthers(t *testing.T) {
	t.Parallel()
	s := etcdtest.New(t)
	off := etcdsource.Offline{Endpoints: []string{"127.0.0.1:1"}, Members: []etcdsource.StoredMember{{ID: 1, Name: "gone", ClientURLs: []string{"http://127.0.0.1:1"}}, {ID: 2, Name: "other", ClientURLs: []string{s.URL}}}}
	p, err := Ask(etcdtest.Within(t, time.Minute), Options{Env: noEnv}, &off)
	if err != nil || len(p.Members) != 1 || !p.Members[0].Answered || p.Guessed || p.Cluster == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	off.Members = off.Members[:1]
	p, err = Ask(etcdtest.Within(t, time.Minute), Options{Env: noEnv}, &off)
	if err != nil || len(p.Members) != 1 || p.Members[0].Answered || strings.Contains(p.Members[0].Fault, "not asked") {
		t.Errorf("at an address without a scheme: %+v, %v", p, err)
	}
}
