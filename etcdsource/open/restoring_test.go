package open

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/backup/rehearse"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/tui/print"
)

// toRestore is a small cluster whose snapshot is restored, and the node that it is restored on.
type toRestore struct {
	t    *testing.T
	w    *clientv3.Client
	url  string
	root string
	edit []func(*bolt.Tx) error // of the saved file
	raw  func([]byte) []byte    // of its bytes, last
	file string
	args []string
}

// newToRestore writes a cluster without any danger in it, and the files of a kubeadm node.
func newToRestore(t *testing.T) *toRestore {
	s := etcdtest.New(t)
	c := &toRestore{t: t, w: s.Writer(), url: s.URL, root: t.TempDir(), args: []string{"--initial-cluster", "cp1=https://10.0.0.11:2380"}}
	c.namespace("kube-system", "")
	c.namespace("shop", "")
	c.node("cp1", "10.0.0.11", time.Now(), "node-role.kubernetes.io/control-plane")
	c.node("w1", "10.0.0.21", time.Now())
	c.put("/registry/masterleases/10.0.0.11", "an API server", 0)
	c.secret("tls", time.Now().Add(300*24*time.Hour))
	for i := range 3 {
		c.event(i)
	}
	c.object("/registry/configmaps/shop/settings", "v1", "ConfigMap", "shop", "settings", nil)
	c.kubeadm()
	return c
}

func (c *toRestore) put(key, value string, ttl int64) {
	c.t.Helper()
	var opts []clientv3.OpOption
	if ttl > 0 {
		l, err := c.w.Grant(c.t.Context(), ttl)
		if err != nil {
			c.t.Fatal(err)
		}
		opts = append(opts, clientv3.WithLease(l.ID))
	}
	if _, err := c.w.Put(c.t.Context(), key, value, opts...); err != nil {
		c.t.Fatal(err)
	}
}

// object writes an object; more is merged into it.
func (c *toRestore) object(key, version, kind, ns, name string, more map[string]any) {
	c.t.Helper()
	meta := map[string]any{"name": name, "uid": name + "-uid", "creationTimestamp": time.Now().UTC().Format(time.RFC3339)}
	if ns != "" {
		meta["namespace"] = ns
	}
	o := map[string]any{"apiVersion": version, "kind": kind, "metadata": meta}
	for k, v := range more {
		if m, ok := v.(map[string]any); ok && k == "metadata" {
			for k, v := range m {
				meta[k] = v
			}
			continue
		}
		o[k] = v
	}
	b, err := json.Marshal(o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.put(key, string(b), 0)
}

func (c *toRestore) namespace(name, deleted string) {
	c.t.Helper()
	meta := map[string]any{}
	if deleted != "" {
		meta["deletionTimestamp"] = deleted
	}
	c.object("/registry/namespaces/"+name, "v1", "Namespace", "", name, map[string]any{"metadata": meta})
}

func (c *toRestore) node(name, addr string, seen time.Time, labels ...string) {
	c.t.Helper()
	l := map[string]any{"kubernetes.io/hostname": name}
	for _, x := range labels {
		l[x] = ""
	}
	c.object("/registry/minions/"+name, "v1", "Node", "", name, map[string]any{"metadata": map[string]any{"labels": l},
		"status": map[string]any{"addresses": []any{map[string]any{"type": "InternalIP", "address": addr}}}})
	c.object("/registry/leases/kube-node-lease/"+name, "coordination.k8s.io/v1", "Lease", "kube-node-lease", name,
		map[string]any{"spec": map[string]any{"renewTime": seen.UTC().Format("2006-01-02T15:04:05.000000Z")}})
}

func (c *toRestore) secret(name string, until time.Time) {
	c.t.Helper()
	dir := c.t.TempDir()
	ca := certtest.NewCAFor(c.t, filepath.Join(dir, "ca.crt"), time.Now().Add(-1000*time.Hour), time.Now().Add(10000*time.Hour))
	ca.Issue(filepath.Join(dir, "c.crt"), filepath.Join(dir, "c.key"), certtest.For{Name: name, Server: true, From: time.Now().Add(-1000 * time.Hour), Until: until})
	b, err := os.ReadFile(filepath.Join(dir, "c.crt"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.object("/registry/secrets/shop/"+name, "v1", "Secret", "shop", name, map[string]any{"type": "kubernetes.io/tls", "data": map[string]any{"tls.crt": base64.StdEncoding.EncodeToString(b)}})
}

func (c *toRestore) event(i int) {
	c.t.Helper()
	c.put(fmt.Sprintf("/registry/events/shop/e%d", i), fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"namespace":"shop","name":"e%d"}}`, i), 3600)
}

func (c *toRestore) write(path, text string) {
	c.t.Helper()
	at := filepath.Join(c.root, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// kubeadm writes what a node of kubeadm has.
func (c *toRestore) kubeadm() {
	c.t.Helper()
	for _, f := range []string{"ca.crt", "ca.key", "sa.key", "sa.pub", "front-proxy-ca.crt", "front-proxy-ca.key", "etcd/ca.crt", "etcd/ca.key"} {
		c.write("/etc/kubernetes/pki/"+f, "x")
	}
	c.write("/etc/hostname", "cp1\n")
	c.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --etcd-servers=https://127.0.0.1:2379\n")
	c.write("/etc/kubernetes/manifests/etcd.yaml", "spec:\n  containers:\n  - command:\n    - etcd\n    - --name=cp1\n    - --data-dir=/var/lib/etcd\n"+
		"    - --initial-cluster=cp1=https://10.0.0.11:2380\n    - --initial-advertise-peer-urls=https://10.0.0.11:2380\n    image: registry.k8s.io/etcd:3.7.0-0\n")
}

// inBucket changes a bucket of the saved file.
func (c *toRestore) inBucket(name, key, value string) {
	c.edit = append(c.edit, func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(name))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), []byte(value))
	})
}

// save writes the snapshot, once.
func (c *toRestore) save() string {
	c.t.Helper()
	if c.file != "" {
		return c.file
	}
	c.file = filepath.Join(c.t.TempDir(), "etcd.db")
	c.saveTo(c.file)
	return c.file
}

func (c *toRestore) saveTo(path string) {
	c.t.Helper()
	rd, err := c.w.Snapshot(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer rd.Close()
	b, err := io.ReadAll(rd)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(c.edit) > 0 {
		b = c.edited(b[:len(b)-sha256.Size])
	}
	if c.raw != nil {
		b = c.raw(b)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// edited carries out the edits and adds the checksum.
func (c *toRestore) edited(db []byte) []byte {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), "db")
	if err := os.WriteFile(path, db, 0o600); err != nil {
		c.t.Fatal(err)
	}
	d, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range c.edit {
		if err := d.Update(e); err != nil {
			c.t.Fatal(err)
		}
	}
	d.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// planLine is a line of a plan.
type planLine struct {
	Kind, Warning, Detail, Need, Path, State   string
	Names                                      []string
	Stop, Check, Rehearsed, Equal, Restored    bool
	Step, Members, Keys                        int
	Node, Title, Command, Why, Undo, Mistake   string
	Plan, Distribution, Token, Starts, DataDir string
	Bump                                       uint64
	Revision                                   int64
}

// runRestore runs snapshot restore.
func runRestore(t *testing.T, args ...string) (lines []planLine, said string, code int) {
	t.Helper()
	var out, errs strings.Builder
	code = print.Execute(t.Context(), append([]string{"snapshot", "restore", "-o", "json"}, args...), strings.NewReader(""), &out, &errs, restoreFuncs())
	for _, text := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var l planLine
		if err := json.Unmarshal([]byte(text), &withAny{&l}); text != "" && err != nil {
			t.Fatalf("%v: %v: %s", args, err, text)
		}
		lines = append(lines, l)
	}
	return lines, errs.String(), code
}

// withAny decodes a line whose members field is a list in one line and a number in another.
type withAny struct{ to *planLine }

func (w *withAny) UnmarshalJSON(b []byte) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	if bytes.HasPrefix(m["members"], []byte("[")) {
		delete(m, "members")
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, w.to)
}

func restoreFuncs() print.Funcs {
	return print.Funcs{
		Open: func(ctx context.Context, o print.OpenOptions) (print.Opened, error) {
			src, found, err := Open(ctx, Options{Path: o.Path, Root: o.Root, NoVerify: o.NoVerify, Wait: o.Wait, Live: live.Config{Endpoints: o.Live.Endpoints}, Env: func(string) string { return "" }})
			return print.Opened{Source: src, EncryptionConfig: found.EncryptionConfig}, err
		},
		Newer: backup.Newer, Node: discover.NodeAt, Distributions: discover.Distributions(), Rehearse: rehearse.Run, Restore: rehearse.Make,
	}
}

// plan plans the restore.
func (c *toRestore) plan() ([]planLine, string, int) {
	c.t.Helper()
	return runRestore(c.t, append([]string{c.save(), "--root", c.root}, c.args...)...)
}

// kinds are the dangers that a plan names.
func dangersOf(lines []planLine) (out []string) {
	for _, l := range lines {
		if l.Kind != "" {
			out = append(out, l.Kind)
		}
	}
	return out
}
