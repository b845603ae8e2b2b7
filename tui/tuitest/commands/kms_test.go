package commands_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	v2 "k8s.io/kms/apis/v2"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

const (
	encrypted = "../../../etcdsource/kms/testdata/encrypted.db.gz" // written by a real API server, with seven kinds of encryption
	asServed  = "../../../etcdsource/kms/testdata/truth.jsonl.gz"  // what that served, decrypted
	kekOfTest = "uxDRPQIJ/Hw04rb4lwL/M1QsmF+D8fvoBUaC8C/qRGw="
)

// vault is the plugin of that cluster, at a socket.
type vault struct {
	v2.UnimplementedKeyManagementServiceServer
	gcm   cipher.AEAD
	calls atomic.Int64
	hangs bool
}

func (v *vault) Decrypt(ctx context.Context, r *v2.DecryptRequest) (*v2.DecryptResponse, error) {
	v.calls.Add(1)
	if v.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if !strings.HasPrefix(r.Uid, "etcdscope-") || len(r.Ciphertext) < 12 {
		return nil, errors.New("who are you")
	}
	plain, err := v.gcm.Open(nil, r.Ciphertext[:12], r.Ciphertext[12:], nil)
	return &v2.DecryptResponse{Plaintext: plain}, err
}

// newVault starts the plugin, and returns an EncryptionConfiguration that names it.
func newVault(t *testing.T) (v *vault, config, socket string) {
	t.Helper()
	kek, err := base64.StdEncoding.DecodeString(kekOfTest)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(kek)
	if err != nil {
		t.Fatal(err)
	}
	v = &vault{}
	if v.gcm, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	dir := etcdtest.Dir(t)
	socket = filepath.Join(dir, "s")
	lis, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	v2.RegisterKeyManagementServiceServer(g, v)
	go g.Serve(lis)
	t.Cleanup(g.Stop)
	text, err := os.ReadFile("../../../decode/testdata/encryption.yaml")
	if err != nil {
		t.Fatal(err)
	}
	config = filepath.Join(dir, "enc.yaml")
	write(t, config, strings.ReplaceAll(string(text), "/run/kms.sock", socket))
	return v, config, socket
}

// served is what an API server served, by its key.
func served(t *testing.T) map[string]any {
	t.Helper()
	f, err := os.Open(asServed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			GVR string
			Obj map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		out[identity(l.Obj)] = l.Obj
	}
	return out
}

// identity names an object.
func identity(o map[string]any) string {
	md, _ := o["metadata"].(map[string]any)
	kind, _ := o["kind"].(string)
	ns, _ := md["namespace"].(string)
	name, _ := md["name"].(string)
	return kind + "/" + ns + "/" + name
}

// TestKMS reads all objects that a real API server encrypted, with a plugin of KMS v2 that is asked once for its key.
func TestKMS(t *testing.T) {
	t.Parallel()
	v, config, _ := newVault(t)
	want := served(t)
	n := 0
	for _, typ := range []string{"secrets", "configmaps", "widgets.shop.example.com"} {
		v.calls.Store(0)
		stdout, stderr, code := execute(t, "get", typ, "-A", "-o", "json", "--reveal", "--show-managed-fields", "--from", encrypted, "--encryption-config", config, "--kms")
		if code != 0 || v.calls.Load() != 1 || !strings.Contains(stderr, "KMS plugin vault-kms was asked for a key once and decrypted 1") {
			t.Errorf("%s: exit %d, %d calls: %s", typ, code, v.calls.Load(), stderr)
		}
		for line := range strings.Lines(stdout) {
			var got map[string]any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
			n++
			if of := want[identity(got)]; !reflect.DeepEqual(got, of) {
				t.Errorf("%s is\n%v\nwas served as\n%v", identity(got), got, of)
			}
		}
	}
	all := 0
	for id := range want {
		if kind, _, _ := strings.Cut(id, "/"); kind == "Secret" || kind == "ConfigMap" || kind == "Widget" {
			all++
		}
	}
	if n != all || n < 30 {
		t.Errorf("%d objects, the API server served %d", n, all)
	}
}

// TestKMSIsOff: the plugin is not called without --kms, or where the configuration names no plugin, or the plugin hangs for long.
func TestKMSIsOff(t *testing.T) {
	t.Parallel()
	v, config, socket := newVault(t)
	other := filepath.Join(t.TempDir(), "other.yaml")
	write(t, other, "kind: EncryptionConfiguration\nresources: []\n")
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"get secret/cred-kms -n vault -o yaml --encryption-config " + config, 0, ":kms or --kms asks it"},
		{"get secrets -A --kms", 3, "no encryption configuration was given or found"},
		{"get secrets -A --kms --encryption-config " + other, 3, "names none"},
	} {
		if text, code := run(t, append(strings.Fields(c.line), "--from", encrypted)...); code != c.code || !strings.Contains(text, c.says) {
			t.Errorf("%s: exit %d: %s", c.line, code, text)
		}
	}
	if n := v.calls.Load(); n != 0 {
		t.Errorf("%d calls", n)
	}
	v.hangs = true
	text, code := run(t, "get", "secrets", "-A", "--kms", "--encryption-config", config, "--from", encrypted)
	if code != 0 || v.calls.Load() != 1 || !strings.Contains(text, "did not answer within 5s") || !strings.Contains(text, socket) {
		t.Errorf("exit %d, %d calls: %s", code, v.calls.Load(), text)
	}
}
