package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

const keysIn7 = "static-pod-resources/kube-apiserver-pod-7/secrets/encryption-config/encryption-config"

// TestFindKeys looks for the configuration in archives as cluster-backup.sh writes them.
func TestFindKeys(t *testing.T) {
	t.Parallel()
	other := strings.Replace(keysIn7, "pod-7", "pod-12", 1)
	decoys := []string{"static-pod-resources/kube-apiserver-pod-7/secrets/etcd-client/tls.key", "x", "static-pod-resources/encryption-config", "no"}
	linked := func() []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if err := w.WriteHeader(&tar.Header{Name: keysIn7, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}); err != nil {
			t.Fatal(err)
		}
		w.Close()
		return b.Bytes()
	}
	stamp := "2026-03-04_050607"
	for _, c := range []struct {
		name  string
		files map[string][]byte
		from  string // "" for none
		text  string
		fails string
	}{
		{"none", map[string][]byte{}, "", "", ""},
		{"no keys in it", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, tarOf(t, decoys...))}, "", "", ""},
		{"one", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, tarOf(t, append(decoys, keysIn7, "seven")...))}, "kube-apiserver-pod-7", "seven", ""},
		{"the newest", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, tarOf(t, other, "twelve", keysIn7, "seven"))}, "kube-apiserver-pod-12", "twelve", ""},
		{"below ./", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, tarOf(t, "./"+keysIn7, "seven"))}, "kube-apiserver-pod-7", "seven", ""},
		{"of another time", map[string][]byte{"static_kuberesources_2026-03-04_050601.tar.gz": gzipped(t, tarOf(t, keysIn7, "seven"))}, "kube-apiserver-pod-7", "seven", ""},
		{"two others", map[string][]byte{"static_kuberesources_1.tar.gz": gzipped(t, tarOf(t, keysIn7, "a")), "static_kuberesources_2.tar.gz": gzipped(t, tarOf(t, keysIn7, "b"))}, "", "", ""},
		{"a link", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, linked())}, "", "", ""},
		{"cut", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, tarOf(t, keysIn7, "seven"))[:60]}, "", "", "truncated"},
		{"no archive", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, bytes.Repeat([]byte("x"), 2000))}, "", "", "damaged"},
		{"too large", map[string][]byte{"static_kuberesources_" + stamp + ".tar.gz": gzipped(t, tarOf(t, keysIn7, strings.Repeat("x", 2<<20)))}, "", "", "more than 1048576"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			db := write(t, filepath.Join(dir, "snapshot_"+stamp+".db"), []byte("db"))
			for name, content := range c.files {
				write(t, filepath.Join(dir, name), content)
			}
			for _, path := range []string{dir, db} {
				k, err := FindKeys(t.Context(), path, snapfile.Options{TempDir: dir})
				var p *etcdsource.Problem
				switch {
				case c.fails != "":
					if !errors.As(err, &p) || !strings.Contains(err.Error(), c.fails) || !strings.Contains(p.Do, "--encryption-config") {
						t.Errorf("error %v", err)
					}
				case err != nil:
					t.Error(err)
				case c.from == "" && k != nil:
					t.Errorf("found %+v", k)
				case c.from != "" && (k == nil || string(k.Text) != c.text || !strings.HasSuffix(k.From, c.from) || !strings.HasPrefix(k.From, "static_kuberesources_")):
					t.Errorf("found %+v", k)
				}
			}
			if list, err := os.ReadDir(dir); err != nil || len(list) != len(c.files)+1 {
				t.Errorf("the folder holds %d files afterwards, %v", len(list), err)
			}
		})
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestFindKeysEnds reads an archive that does not end.
func TestFindKeysEnds(t *testing.T) {
	t.Parallel()
	if _, err := keysIn(&atMost{zeros{}, 1 << 20}); err == nil || !strings.Contains(err.Error(), "256 MiB") {
		t.Errorf("error %v", err)
	}
}
