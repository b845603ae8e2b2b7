package print

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	door "github.com/etcdscope/etcdscope/etcdsource/open"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// encrypted is a value as an API server with an aesgcm key stores it.
func encrypted(t *testing.T, key []byte, at, value string) string {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := make([]byte, gcm.NonceSize())
	return "k8s:enc:aesgcm:v1:key1:" + string(gcm.Seal(nonce, nonce, []byte(value), []byte(at)))
}

// TestKeysInABackup opens the folder of a backup of OpenShift, in which the keys lie that decrypt its values.
func TestKeysInABackup(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), bytes.Repeat([]byte{7}, 32)
	const at = "/kubernetes.io/configmaps/shop/flags"
	db, err := os.ReadFile(sourcetest.WriteSnapshot(t, []sourcetest.Op{
		sourcetest.Put("/kubernetes.io/namespaces/shop", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u"}}`),
		sourcetest.Put(at, encrypted(t, key, at, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop","uid":"c"},"data":{"colour":"green"}}`)),
	}))
	if err != nil {
		t.Fatal(err)
	}
	config := "kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n- resources: [configmaps]\n  providers:\n  - aesgcm: {keys: [{name: key1, secret: " + base64.StdEncoding.EncodeToString(key) + "}]}\n"
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	err = w.WriteHeader(&tar.Header{Name: "static-pod-resources/kube-apiserver-pod-7/secrets/encryption-config/encryption-config", Mode: 0o600, Size: int64(len(config))})
	if err == nil {
		_, err = w.Write([]byte(config))
	}
	for _, e := range []error{err, w.Close(), z.Close(), os.WriteFile(filepath.Join(dir, "static_kuberesources_2026-03-04_050607.tar.gz"), b.Bytes(), 0o600), os.WriteFile(filepath.Join(dir, "snapshot_2026-03-04_050607.db"), db, 0o600)} {
		if e != nil {
			t.Fatal(e)
		}
	}
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(other, []byte(strings.Replace(config, "key1", "key2", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	funcs := Funcs{Open: func(ctx context.Context, o OpenOptions) (Opened, error) {
		src, found, err := door.Open(ctx, door.Options{Path: o.Path, TempDir: t.TempDir(), EncryptionConfig: o.EncryptionConfig})
		if err != nil {
			return Opened{}, err
		}
		opened := Opened{Source: src, EncryptionConfig: found.EncryptionConfig, NoKeys: found.NoKeys}
		if found.Keys != nil {
			opened.EncryptionConfig, opened.EncryptionText = found.Keys.From, found.Keys.Text
		}
		return opened, nil
	}}
	for _, c := range []struct {
		args []string
		out  bool
		said string
	}{
		{nil, true, "static_kuberesources_2026-03-04_050607.tar.gz, kube-apiserver-pod-7"},
		{[]string{"--encryption-config", other}, false, ""},
	} {
		var out, said bytes.Buffer
		Execute(t.Context(), append([]string{"get", "cm/flags", "-n", "shop", "-o", "yaml", "--from", dir}, c.args...), strings.NewReader(""), &out, &said, funcs)
		if strings.Contains(out.String(), "green") != c.out || !strings.Contains(said.String(), c.said) || c.said == "" && strings.Contains(said.String(), "static_kuberesources") {
			t.Errorf("%q prints\n%s\nand says\n%s", c.args, out.String(), said.String())
		}
	}
}
