package crypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// gcm seals as the API server does, with a fixed nonce.
func gcm(t testing.TB, secret []byte, at string) []byte {
	t.Helper()
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	g, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := bytes.Repeat([]byte{9}, 12)
	return append(nonce, g.Seal(nil, nonce, plain, []byte(at))...)
}

// sealV2 is a value of KMS v2, whose key the plugin wraps as "wrapped:" and the key.
func sealV2(t testing.TB, secret []byte, seed bool, at string) []byte {
	t.Helper()
	data, kind := gcm(t, secret, at), uint64(0)
	if seed {
		info := bytes.Repeat([]byte{5}, 32)
		key, err := hkdf.Expand(sha256.New, secret, string(info), 32)
		if err != nil {
			t.Fatal(err)
		}
		data, kind = append(info, gcm(t, key, at)...), 1
	}
	b := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), data)
	b = protowire.AppendString(protowire.AppendTag(b, 2, protowire.BytesType), "kek-7")
	b = protowire.AppendBytes(protowire.AppendTag(b, 3, protowire.BytesType), append([]byte("wrapped:"), secret...))
	entry := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "a.example.com")
	entry = protowire.AppendString(protowire.AppendTag(entry, 2, protowire.BytesType), "note")
	b = protowire.AppendBytes(protowire.AppendTag(b, 4, protowire.BytesType), entry)
	if kind > 0 {
		b = protowire.AppendVarint(protowire.AppendTag(b, 5, protowire.VarintType), kind)
	}
	return append([]byte("k8s:enc:kms:v2:vault:"), b...)
}

// sealV1 is a value of KMS v1.
func sealV1(t testing.TB, secret, data []byte) []byte {
	t.Helper()
	dek := append([]byte("wrapped:"), secret...)
	b := binary.BigEndian.AppendUint16([]byte("k8s:enc:kms:v1:vault:"), uint16(len(dek)))
	return append(append(b, dek...), data...)
}

// unwrapped is a plugin, which counts.
func unwrapped(n *int) Unwrap {
	return func(s Source) ([]byte, error) {
		*n++
		key, ok := bytes.CutPrefix(s.Text, []byte("wrapped:"))
		if !ok || s.Plugin != "vault" || s.Version == "v2" && (s.KeyID != "kek-7" || string(s.Annotations["a.example.com"]) != "note") {
			return nil, errors.New("its KMS plugin vault refused: no")
		}
		return key, nil
	}
}

// TestKMSRoundTrips decrypts all forms that API servers have written.
func TestKMSRoundTrips(t *testing.T) {
	secret := keyOf(32, 3)
	cbc := seal(t, "aescbc", "", secret, etcdKey)[len("k8s:enc:aescbc:v1::"):]
	for name, v := range map[string][]byte{
		"v2, a key": sealV2(t, secret, false, etcdKey), "v2, a seed": sealV2(t, secret, true, etcdKey),
		"v1": sealV1(t, secret, gcm(t, secret, etcdKey)), "v1 before 1.25": sealV1(t, secret, cbc),
	} {
		n := 0
		got, info, err := (*Keyring)(nil).WithKMS(unwrapped(&n)).Decrypt([]byte(etcdKey), v)
		if err != nil || !bytes.Equal(got, plain) || info.KeyName != "vault" || n != 1 {
			t.Errorf("%s: %q %+v %v, %d calls", name, got, info, err, n)
		}
		if _, _, err := keyring(t).Decrypt([]byte(etcdKey), v); !errors.Is(err, errPlugin) {
			t.Errorf("%s, not asked: %v", name, err)
		}
	}
}

// TestKMSDoesNotFit: what is damaged, moved or refused says so, without a panic.
func TestKMSDoesNotFit(t *testing.T) {
	secret := keyOf(32, 3)
	seed, key, old := sealV2(t, secret, true, etcdKey), sealV2(t, secret, false, etcdKey), sealV1(t, secret, gcm(t, secret, etcdKey))
	n := 0
	k := keyring(t).WithKMS(unwrapped(&n))
	for _, v := range [][]byte{seed, key, old} {
		if _, _, err := k.Decrypt([]byte("/registry/secrets/demo/other"), v); err == nil || !strings.Contains(err.Error(), "copied from another key") {
			t.Errorf("moved: %v", err)
		}
		for i := len("k8s:enc:kms:v1:vault:"); i < len(v); i++ {
			cut, flipped := v[:i], bytes.Clone(v)
			flipped[i] ^= 1
			for _, x := range [][]byte{cut, flipped} {
				got, _, err := k.Decrypt([]byte(etcdKey), x)
				if err == nil && !bytes.Equal(got, plain) || err != nil && (got != nil || strings.Contains(err.Error(), "\n")) {
					t.Fatalf("at %d: %q, %v", i, got, err)
				}
			}
		}
	}
	short := func(Source) ([]byte, error) { return []byte("short"), nil }
	for _, v := range [][]byte{seed, key, old} {
		if _, _, err := keyring(t).WithKMS(short).Decrypt([]byte(etcdKey), v); err == nil || !strings.Contains(err.Error(), "plugin decrypted is") {
			t.Error(err)
		}
	}
}

// TestSources are equal for equal keys only.
func TestSources(t *testing.T) {
	ids := map[string]bool{}
	for _, v := range [][]byte{sealV2(t, keyOf(32, 3), true, etcdKey), sealV2(t, keyOf(32, 3), true, "/other"), sealV2(t, keyOf(32, 4), true, etcdKey), sealV2(t, keyOf(32, 3), false, etcdKey), sealV1(t, keyOf(32, 3), keyOf(99, 1))} {
		info, s, ok := Inspect(v)
		if !ok || info.Provider != "kms" {
			t.Errorf("%q", v)
		}
		ids[s.ID()] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d sources", len(ids))
	}
	if _, _, ok := Inspect(plain); ok {
		t.Error("plain text has a source")
	}
}

// TestPlugins are those of the configuration, and what it wants of a resource.
func TestPlugins(t *testing.T) {
	k, err := Parse([]byte(`kind: EncryptionConfiguration
resources:
- resources: [secrets, deployments.apps]
  providers:
  - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
  - kms: {name: old, endpoint: unix:///run/old.sock}
- resources: ['*.batch', '*.']
  providers: [{aescbc: {keys: [{name: k1, secret: AAAA}]}}, {identity: {}}]
- resources: ['*.*']
  providers: [{identity: {}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if p := k.Plugins(); len(p) != 2 || p[0] != (Plugin{"vault", "v2", "unix:///run/kms.sock"}) || p[1] != (Plugin{"old", "v1", "unix:///run/old.sock"}) {
		t.Errorf("%+v", p)
	}
	for of, want := range map[string]string{"/secrets": "kms vault", "apps/deployments": "kms vault", "batch/jobs": "aescbc k1", "/pods": "aescbc k1", "apps/replicasets": "identity "} {
		group, resource, _ := strings.Cut(of, "/")
		if p, key, ok := k.Wanted(group, resource); !ok || p+" "+key != want {
			t.Errorf("%s: %s %s %v", of, p, key, ok)
		}
	}
	if _, _, ok := keyring(t).Wanted("", "pods"); ok {
		t.Error("pods are in no list")
	}
}
