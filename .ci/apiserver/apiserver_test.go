// Package apiserver holds decode/crypt and etcdsource/kms against the API server's own transformers, which are in a module of
// their own so that they never enter the program.
//
//	plain ─► k8s.io/apiserver's transformer ─► stored ─► crypt (and kms, through the plugin's socket) ─► plain
package apiserver

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"k8s.io/apiserver/pkg/storage/value"
	aestransformer "k8s.io/apiserver/pkg/storage/value/encrypt/aes"
	"k8s.io/apiserver/pkg/storage/value/encrypt/envelope"
	"k8s.io/apiserver/pkg/storage/value/encrypt/envelope/kmsv2"
	kmstypes "k8s.io/apiserver/pkg/storage/value/encrypt/envelope/kmsv2/v2"
	"k8s.io/apiserver/pkg/storage/value/encrypt/secretbox"
	v1 "k8s.io/kms/apis/v1beta1"
	v2 "k8s.io/kms/apis/v2"

	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/etcdsource/kms"
)

// plugin is a KMS plugin of both versions, with a key of its own. It speaks gRPC at a socket.
type plugin struct {
	v1.UnimplementedKeyManagementServiceServer
	gcm      cipher.AEAD
	decrypts atomic.Int64
}

func (p *plugin) seal(b []byte) []byte {
	nonce := random(p.gcm.NonceSize())
	return p.gcm.Seal(nonce, nonce, b, nil)
}

func (p *plugin) open(b []byte) ([]byte, error) {
	p.decrypts.Add(1)
	n := p.gcm.NonceSize()
	if len(b) < n {
		return nil, errors.New("too short")
	}
	return p.gcm.Open(nil, b[:n], b[n:], nil)
}

func (p *plugin) Version(context.Context, *v1.VersionRequest) (*v1.VersionResponse, error) {
	return &v1.VersionResponse{Version: "v1beta1", RuntimeName: "test", RuntimeVersion: "1"}, nil
}

func (p *plugin) Encrypt(_ context.Context, r *v1.EncryptRequest) (*v1.EncryptResponse, error) {
	return &v1.EncryptResponse{Cipher: p.seal(r.Plain)}, nil
}

func (p *plugin) Decrypt(_ context.Context, r *v1.DecryptRequest) (*v1.DecryptResponse, error) {
	b, err := p.open(r.Cipher)
	return &v1.DecryptResponse{Plain: b}, err
}

// second is the same plugin in version 2. It wants back the annotations and the key id that it gave.
type second struct {
	v2.UnimplementedKeyManagementServiceServer
	p *plugin
}

const keyID = "kek-1"

func (s second) Status(context.Context, *v2.StatusRequest) (*v2.StatusResponse, error) {
	return &v2.StatusResponse{Version: "v2", Healthz: "ok", KeyId: keyID}, nil
}

func (s second) Encrypt(_ context.Context, r *v2.EncryptRequest) (*v2.EncryptResponse, error) {
	return &v2.EncryptResponse{Ciphertext: s.p.seal(r.Plaintext), KeyId: keyID, Annotations: map[string][]byte{"a.example.com": []byte("\x00\x01"), "b.example.com": []byte("two")}}, nil
}

func (s second) Decrypt(_ context.Context, r *v2.DecryptRequest) (*v2.DecryptResponse, error) {
	if r.KeyId != keyID || len(r.Annotations) != 2 || string(r.Annotations["b.example.com"]) != "two" || r.Uid == "" {
		return nil, fmt.Errorf("key %q, annotations %v", r.KeyId, r.Annotations)
	}
	b, err := s.p.open(r.Ciphertext)
	return &v2.DecryptResponse{Plaintext: b}, err
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func serve(t *testing.T) (p *plugin, endpoint string) {
	dir, err := os.MkdirTemp("", "kms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	block, err := aes.NewCipher(random(32))
	if err != nil {
		t.Fatal(err)
	}
	p = &plugin{}
	if p.gcm, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	lis, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	v1.RegisterKeyManagementServiceServer(g, p)
	v2.RegisterKeyManagementServiceServer(g, second{p: p})
	go g.Serve(lis)
	t.Cleanup(g.Stop)
	return p, "unix://" + socket
}

// provider is a way to encrypt, as the API server does it.
type provider struct {
	name, prefix string
	of           value.Transformer
	sources      int64 // distinct encrypted keys that it makes of all values
}

// values are what is encrypted: nothing, one block, less and more, and what looks like an encrypted value.
var values = [][]byte{{}, []byte("{}"), bytes.Repeat([]byte("x"), 15), bytes.Repeat([]byte("x"), 16), bytes.Repeat([]byte("y"), 1<<20), []byte("k8s\x00\n\x0c\n\x02v1\x12\x06Secret"), []byte("k8s:enc:aescbc:v1:key1:x")}

// TestAgainstTheAPIServer: what each of the API server's transformers writes is read, what was changed or moved to another key
// is not, and a plugin is asked once for each encrypted key.
func TestAgainstTheAPIServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, endpoint := serve(t)
	secrets := map[string][]byte{"cbc16": random(16), "cbc24": random(24), "cbc32": random(32), "gcm16": random(16), "gcm32": random(32), "box": random(32)}
	ring, err := crypt.Parse([]byte(configuration(secrets, endpoint)))
	if err != nil {
		t.Fatal(err)
	}
	client := kms.New(ctx, []kms.Plugin{{Name: "one", Version: "v1", Endpoint: endpoint}, {Name: "two", Version: "v2", Endpoint: endpoint}})
	defer client.Close()
	ring = ring.WithKMS(func(s crypt.Source) ([]byte, error) { return client.Unwrap(kms.Source(s)) })
	for _, pr := range append(local(t, secrets), plugged(t, ctx, endpoint)...) {
		t.Run(pr.name, func(t *testing.T) {
			before := p.decrypts.Load()
			for i, plain := range values {
				key := fmt.Sprintf("/registry/secrets/ns/s%d", i)
				body, err := pr.of.TransformToStorage(ctx, plain, value.DefaultContext(key))
				if err != nil {
					t.Fatal(err)
				}
				stored := append([]byte(pr.prefix), body...)
				got, info, err := ring.Decrypt([]byte(key), stored)
				if err != nil || !bytes.Equal(got, plain) || !strings.HasPrefix(pr.prefix, "k8s:enc:"+info.Provider+":"+info.Version+":"+info.KeyName+":") {
					t.Fatalf("value %d: %d bytes, %v, %v", i, len(got), info, err)
				}
				if _, source, ok := crypt.Inspect(stored); ok != (info.Provider == "kms") || ok && len(source.ID()) != 12 {
					t.Errorf("value %d: looked at without a key: %t", i, ok)
				}
				for range 2 { // known by now
					if _, _, err := ring.Decrypt([]byte(key), stored); err != nil {
						t.Error(err)
					}
				}
				if authenticated := !strings.Contains(pr.name, "cbc"); authenticated {
					changed, at := bytes.Clone(stored), len(stored)-1
					if strings.Contains(pr.name, "v2") { // what lies behind the data there is not authenticated
						at = len(pr.prefix) + 20
					}
					changed[at] ^= 1
					if _, _, err := ring.Decrypt([]byte(key), changed); err == nil {
						t.Errorf("value %d was changed, and is read", i)
					}
				}
				if bound := authenticates(pr.name); bound {
					if _, _, err := ring.Decrypt([]byte("/registry/secrets/ns/other"), stored); err == nil {
						t.Errorf("value %d is read at another key", i)
					}
				}
			}
			if n := p.decrypts.Load() - before; n != pr.sources {
				t.Errorf("the plugin was asked %d times, want %d", n, pr.sources)
			}
		})
	}
}

// authenticates reports whether a provider binds a value to its key.
func authenticates(name string) bool {
	return strings.Contains(name, "gcm") || strings.Contains(name, "v2")
}

func configuration(secrets map[string][]byte, endpoint string) string {
	keys := func(kind string) string {
		var out []string
		for name, b := range secrets {
			if strings.HasPrefix(name, kind) {
				out = append(out, fmt.Sprintf(`{"name":%q,"secret":%q}`, name, base64.StdEncoding.EncodeToString(b)))
			}
		}
		return strings.Join(out, ",")
	}
	return fmt.Sprintf(`{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[{"resources":["secrets"],"providers":[{"aescbc":{"keys":[%s]}},{"aesgcm":{"keys":[%s]}},
{"secretbox":{"keys":[%s]}},{"kms":{"name":"one","endpoint":%q}},{"kms":{"apiVersion":"v2","name":"two","endpoint":%q}}]}]}`, keys("cbc"), keys("gcm"), keys("box"), endpoint, endpoint)
}

// local are the providers whose keys are in the configuration.
func local(t *testing.T, secrets map[string][]byte) (out []provider) {
	for _, name := range []string{"cbc16", "cbc24", "cbc32", "gcm16", "gcm32"} {
		block, err := aes.NewCipher(secrets[name])
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "cbc") {
			out = append(out, provider{name, "k8s:enc:aescbc:v1:" + name + ":", aestransformer.NewCBCTransformer(block), 0})
			continue
		}
		gcm, err := aestransformer.NewGCMTransformer(block)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, provider{name, "k8s:enc:aesgcm:v1:" + name + ":", gcm, 0})
	}
	return append(out, provider{"box", "k8s:enc:secretbox:v1:box:", secretbox.NewSecretboxTransformer([32]byte(secrets["box"])), 0})
}

// plugged are the providers that ask the plugin: version 1 with GCM and, as Kubernetes 1.24 and older wrote, CBC; version 2
// with a seed, and with a key as before 1.29.
func plugged(t *testing.T, ctx context.Context, endpoint string) []provider {
	one, err := envelope.NewGRPCService(ctx, endpoint, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	cbc := func(b cipher.Block) (value.Transformer, error) { return aestransformer.NewCBCTransformer(b), nil }
	n := int64(len(values)) // version 1 makes a key for each value
	out := []provider{
		{"v1 gcm", "k8s:enc:kms:v1:one:", envelope.NewEnvelopeTransformer(one, 0, aestransformer.NewGCMTransformer), n},
		{"v1 cbc", "k8s:enc:kms:v1:one:", envelope.NewEnvelopeTransformer(one, 0, cbc), n},
	}
	two, err := kmsv2.NewGRPCService(ctx, endpoint, "two", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range []bool{true, false} {
		of, sealed, cacheKey, err := kmsv2.GenerateTransformer(ctx, "uid", two, seed)
		if err != nil {
			t.Fatal(err)
		}
		state := kmsv2.State{Transformer: of, EncryptedObjectKeyID: sealed.KeyID, EncryptedObjectEncryptedDEKSource: sealed.EncryptedDEKSource, EncryptedObjectAnnotations: sealed.Annotations,
			EncryptedObjectEncryptedDEKSourceType: sealed.EncryptedDEKSourceType, UID: "uid", ExpirationTimestamp: time.Now().Add(time.Hour), CacheKey: cacheKey, KMSProviderName: "two"}
		if seed != (sealed.EncryptedDEKSourceType == kmstypes.EncryptedDEKSourceType_HKDF_SHA256_XNONCE_AES_GCM_SEED) {
			t.Fatalf("it made %v", sealed.EncryptedDEKSourceType)
		}
		out = append(out, provider{fmt.Sprintf("v2 seed %t", seed), "k8s:enc:kms:v2:two:",
			kmsv2.NewEnvelopeTransformer(two, "two", func() (kmsv2.State, error) { return state, nil }, "apiserver"), 1})
	}
	return out
}
