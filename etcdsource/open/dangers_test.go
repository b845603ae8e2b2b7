package open

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// dangers are planted into a cluster that has none.
var dangers = []struct {
	kind  string
	named string // what the plan must name of it
	stops bool
	plant func(c *toRestore)
}{
	{"damaged", "", true, func(c *toRestore) { c.raw = func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b } }},
	{"damaged", "", true, func(c *toRestore) { c.raw = func(b []byte) []byte { return b[:len(b)/3] } }},
	{"no-checksum", "", false, func(c *toRestore) { c.raw = func(b []byte) []byte { return b[:len(b)-32] } }},
	{"another-cluster", "", true, func(c *toRestore) {
		other := newToRestore(c.t)
		other.object("/registry/namespaces/kube-system", "v1", "Namespace", "", "kube-system", map[string]any{"metadata": map[string]any{"uid": "another"}})
		c.args = append(c.args, "--endpoints", other.url)
	}},
	{"another-cluster", "", true, func(c *toRestore) {
		ca := filepath.Join(c.t.TempDir(), "ca.crt")
		for i, path := range []string{ca, filepath.Join(c.root, "etc/kubernetes/pki/ca.crt")} {
			certtest.NewCAFor(c.t, path, time.Now().Add(-time.Hour*time.Duration(1+i)), time.Now().Add(1000*time.Hour))
		}
		b, err := os.ReadFile(ca)
		if err != nil {
			c.t.Fatal(err)
		}
		c.object("/registry/configmaps/kube-system/kube-root-ca.crt", "v1", "ConfigMap", "kube-system", "kube-root-ca.crt", map[string]any{"data": map[string]any{"ca.crt": string(b)}})
	}},
	{"older-than-live", "shop: 1 created", true, func(c *toRestore) {
		c.save()
		c.object("/registry/configmaps/shop/later", "v1", "ConfigMap", "shop", "later", nil)
		c.args = append(c.args, "--endpoints", c.url)
	}},
	{"loses-writes", "shop: 1 created", false, func(c *toRestore) {
		c.save()
		c.object("/registry/configmaps/shop/later", "v1", "ConfigMap", "shop", "later", nil)
		c.saveTo(filepath.Join(filepath.Dir(c.file), "later.db"))
	}},
	{"small-bump", "", false, func(c *toRestore) {
		c.save()
		for range 5 {
			c.object("/registry/configmaps/shop/later", "v1", "ConfigMap", "shop", "later", nil)
		}
		c.saveTo(filepath.Join(filepath.Dir(c.file), "later.db"))
		c.args = append(c.args, "--bump-revision", "2")
	}},
	{"version", "", true, func(c *toRestore) { c.args = append(c.args, "--etcd-version", "3.6") }},
	{"version", "", true, func(c *toRestore) { c.inBucket("cluster", "clusterVersion", "3.8.0") }},
	{"missing-key", "/etc/kubernetes/pki/sa.key", true, func(c *toRestore) { os.Remove(filepath.Join(c.root, "etc/kubernetes/pki/sa.key")) }},
	{"missing-key", "/etc/kubernetes/pki/ca.key", true, func(c *toRestore) { os.Remove(filepath.Join(c.root, "etc/kubernetes/pki/ca.key")) }},
	{"missing-key", "aescbc key1", true, func(c *toRestore) {
		c.put("/registry/secrets/shop/sealed", "k8s:enc:aescbc:v1:key1:"+strings.Repeat("0123456789abcdef", 4), 0)
	}},
	{"missing-key", "aescbc key2", true, func(c *toRestore) {
		c.put("/registry/secrets/shop/sealed", "k8s:enc:aescbc:v1:key2:"+strings.Repeat("0123456789abcdef", 4), 0)
		c.write("/etc/kubernetes/enc.yaml", "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - aescbc:\n      keys:\n      - name: key1\n        secret: "+
			base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("k"), 32))+"\n")
		c.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "spec:\n  containers:\n  - command:\n    - --encryption-provider-config=/etc/kubernetes/enc.yaml\n")
	}},
	{"kms", "vault", false, func(c *toRestore) {
		c.put("/registry/secrets/shop/sealed", "k8s:enc:kms:v2:vault:\x0a\x02xx\x12\x01k", 0)
	}},
	{"old", "", false, func(c *toRestore) {
		old := time.Now().Add(-90 * 24 * time.Hour)
		c.ageAll(old)
	}},
	{"dead-apiserver", "10.0.0.99", false, func(c *toRestore) { c.put("/registry/masterleases/10.0.0.99", "an API server", 0) }},
	{"dead-node", "w9", false, func(c *toRestore) { c.node("w9", "10.0.0.29", time.Now().Add(-3*time.Hour)) }},
	{"attached-volumes", "w9", false, func(c *toRestore) {
		c.node("w9", "10.0.0.29", time.Now().Add(-3*time.Hour))
		c.object("/registry/volumeattachments/csi-1", "storage.k8s.io/v1", "VolumeAttachment", "", "csi-1", map[string]any{"spec": map[string]any{"nodeName": "w9"}})
	}},
	{"expired-certificate", "shop/over", false, func(c *toRestore) { c.secret("over", time.Now().Add(-time.Hour)) }},
	{"expiring-certificate", "shop/soon", false, func(c *toRestore) { c.secret("soon", time.Now().Add(24*time.Hour)) }},
	{"expired-on-node", "/etc/kubernetes/pki/etcd/ca.crt", false, func(c *toRestore) {
		certtest.NewCAFor(c.t, filepath.Join(c.root, "etc/kubernetes/pki/etcd/ca.crt"), time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour))
	}},
	{"events-expire", "", false, func(c *toRestore) {
		for i := range 40 {
			c.event(i)
		}
	}},
	{"terminating", "going", false, func(c *toRestore) { c.namespace("going", time.Now().UTC().Format(time.RFC3339)) }},
	{"unreadable", "/registry/configmaps/shop/broken", false, func(c *toRestore) { c.put("/registry/configmaps/shop/broken", "k8s\x00\xff\xff", 0) }},
	{"etcd-auth", "", false, func(c *toRestore) { c.inBucket("auth", "authEnabled", "\x01") }},
	{"alarm", "NOSPACE", false, func(c *toRestore) { c.inBucket("alarm", "\x08\x01\x10\x01", "") }},
	{"another-etcd", "", false, func(c *toRestore) {
		c.write("/etc/kubernetes/manifests/kube-apiserver.yaml", "spec:\n  containers:\n  - command:\n    - --etcd-servers-overrides=/events#https://10.0.0.11:4002\n")
	}},
	{"not-a-member", "cp1", false, func(c *toRestore) { c.args = nil }},
	{"quota", "", false, func(c *toRestore) {
		c.write("/etc/kubernetes/manifests/etcd.yaml", "spec:\n  containers:\n  - command:\n    - etcd\n    - --name=cp1\n    - --quota-backend-bytes=1000\n    image: registry.k8s.io/etcd:3.7.0-0\n")
	}},
}

// ageAll makes all objects as old as a time.
func (c *toRestore) ageAll(at time.Time) {
	for _, prefix := range []string{"/registry/secrets/", "/registry/configmaps/", "/registry/leases/", "/registry/minions/", "/registry/namespaces/"} {
		keys, err := c.w.Get(c.t.Context(), prefix, clientPrefix)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, kv := range keys.Kvs {
			text := string(kv.Value)
			for _, day := range []time.Time{time.Now(), time.Now().Add(-time.Hour)} {
				text = strings.ReplaceAll(text, day.UTC().Format("2006-01-02T15"), at.UTC().Format("2006-01-02T15"))
			}
			c.put(string(kv.Key), text, 0)
		}
	}
}

func TestACleanSnapshotHasNoDanger(t *testing.T) {
	t.Parallel()
	c := newToRestore(t)
	lines, said, code := c.plan()
	if code != 0 || said != "" {
		t.Errorf("exit %d: %s", code, said)
	}
	if d := dangersOf(lines); len(d) > 0 {
		t.Errorf("dangers %v in %+v", d, lines[0])
	}
}

func TestEveryPlantedDangerIsNamed(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{}
	for i, d := range dangers {
		kinds[d.kind] = true
		t.Run(fmt.Sprintf("%s-%d", d.kind, i), func(t *testing.T) {
			t.Parallel()
			c := newToRestore(t)
			d.plant(c)
			lines, said, code := c.plan()
			if want := map[bool]int{true: 1}[d.stops]; code != want {
				t.Errorf("exit %d, want %d: %s", code, want, said)
			}
			at := slices.IndexFunc(lines, func(l planLine) bool { return l.Kind == d.kind })
			if at < 0 {
				t.Fatalf("not named, only %v", dangersOf(lines))
			}
			l := lines[at]
			if l.Stop != d.stops || l.Warning == "" || l.Detail == "" {
				t.Errorf("%+v", l)
			}
			if text := l.Warning + l.Detail + strings.Join(l.Names, "\n"); !strings.Contains(text, d.named) {
				t.Errorf("%q is not in %q", d.named, text)
			}
			if d.stops && at > 0 && !lines[0].Stop {
				t.Errorf("what stops does not come first, but %v", dangersOf(lines))
			}
			if got := dangersOf(lines); len(got) > 1 && d.kind != "attached-volumes" && d.kind != "small-bump" && d.kind != "old" && d.kind != "damaged" {
				t.Errorf("more than the planted one: %v", got)
			}
		})
	}
	if len(kinds) < 20 {
		t.Errorf("%d kinds of dangers are planted", len(kinds))
	}
}

// TestWhatStopsMakesNothing asks for a data directory of a file with a danger that stops.
func TestWhatStopsMakesNothing(t *testing.T) {
	t.Parallel()
	for _, d := range dangers {
		if !d.stops {
			continue
		}
		t.Run(d.kind, func(t *testing.T) {
			t.Parallel()
			c := newToRestore(t)
			d.plant(c)
			dir := filepath.Join(t.TempDir(), "data")
			c.args = append(c.args, "--data-dir", dir, "--no-rehearse")
			if _, _, code := c.plan(); code != 1 {
				t.Errorf("exit %d", code)
			}
			if _, err := os.Lstat(dir); err == nil {
				t.Error("the data directory was made")
			}
		})
	}
}

var clientPrefix = clientv3.WithPrefix()
