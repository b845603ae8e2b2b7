package crypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/secretbox"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

const etcdKey = "/registry/secrets/demo/db"

var plain = []byte("k8s\x00the plain text of a value")

func keyOf(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

// seal encrypts as k8s.io/apiserver does, with a fixed nonce.
func seal(t testing.TB, provider, name string, secret []byte, at string) []byte {
	t.Helper()
	out := []byte("k8s:enc:" + provider + ":v1:" + name + ":")
	nonce := bytes.Repeat([]byte{7}, 24)
	if provider == "secretbox" {
		return append(out, secretbox.Seal(nonce, plain, (*[24]byte)(nonce), (*[32]byte)(secret))...)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	if provider == "aesgcm" {
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		return append(append(out, nonce[:12]...), gcm.Seal(nil, nonce[:12], plain, []byte(at))...)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(append([]byte(nil), plain...), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, nonce[:16]).CryptBlocks(padded, padded)
	return append(append(out, nonce[:16]...), padded...)
}

// keyring makes a keyring of keys: provider, name, secret, …
func keyring(t testing.TB, keys ...any) *Keyring {
	t.Helper()
	b := "kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n- resources: [secrets]\n  providers:\n  - identity: {}\n"
	for i := 0; i < len(keys); i += 3 {
		b += fmt.Sprintf("  - %s:\n      keys:\n      - {name: %q, secret: %s}\n", keys[i], keys[i+1], base64.StdEncoding.EncodeToString(keys[i+2].([]byte)))
	}
	k, err := Parse([]byte(b))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRoundTrips(t *testing.T) {
	for _, c := range []struct {
		provider string
		size     int
	}{{"aescbc", 16}, {"aescbc", 24}, {"aescbc", 32}, {"aesgcm", 16}, {"aesgcm", 32}, {"secretbox", 32}} {
		secret := keyOf(c.size, 1)
		v := seal(t, c.provider, "key1", secret, etcdKey)
		got, info, err := keyring(t, c.provider, "key1", secret).Decrypt([]byte(etcdKey), v)
		if err != nil || !bytes.Equal(got, plain) || info != (Info{Provider: c.provider, Version: "v1", KeyName: "key1"}) {
			t.Errorf("%s %d: %q %+v %v", c.provider, c.size, got, info, err)
		}
	}
}

// TestPlain passes on what is not encrypted, also without a keyring.
func TestPlain(t *testing.T) {
	for _, v := range []string{"", "k8s\x00x", "k8s:en", "{}"} {
		for _, k := range []*Keyring{nil, {}} {
			if got, info, err := k.Decrypt([]byte(etcdKey), []byte(v)); string(got) != v || info != (Info{}) || err != nil {
				t.Errorf("%q: %q %+v %v", v, got, info, err)
			}
		}
	}
}

// TestDoesNotFit gives each provider what it cannot open: the reason is given, and neither text nor key are in it.
func TestDoesNotFit(t *testing.T) {
	for _, provider := range []string{"aescbc", "aesgcm", "secretbox"} {
		right, wrong := keyOf(32, 1), keyOf(32, 'W')
		v := seal(t, provider, "key1", right, etcdKey)
		head := len("k8s:enc::v1:key1:") + len(provider)
		for name, c := range map[string]struct {
			k     *Keyring
			at    string
			value []byte
			says  string
		}{
			"no keyring":         {nil, etcdKey, v, "no key"},
			"another name":       {keyring(t, provider, "key2", right), etcdKey, v, "no key"},
			"another provider":   {keyring(t, "identity", "key1", right), etcdKey, v, "no key"},
			"wrong key":          {keyring(t, provider, "key1", wrong), etcdKey, v, "does not fit"},
			"wrong length":       {keyring(t, provider, "key1", keyOf(5, 1)), etcdKey, v, "wrong length"},
			"nothing":            {keyring(t, provider, "key1", right), etcdKey, v[:head], "too short"},
			"nonce only":         {keyring(t, provider, "key1", right), etcdKey, v[:head+12], ""},
			"cut off":            {keyring(t, provider, "key1", right), etcdKey, v[:len(v)-1], ""},
			"one byte is damage": {keyring(t, provider, "key1", right), etcdKey, append(v[:len(v)-1:len(v)-1], v[len(v)-1]^0x80), "does not fit"},
		} {
			got, info, err := c.k.Decrypt([]byte(c.at), c.value)
			if err == nil || got != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, %s: %q %v", provider, name, got, err)
				continue
			}
			if info.Provider != provider || info.KeyName != "key1" {
				t.Errorf("%s, %s: info %+v", provider, name, info)
			}
			for _, secret := range []string{string(plain), strings.Repeat("W", 8), base64.StdEncoding.EncodeToString(wrong)[:8]} {
				if strings.Contains(err.Error()+info.String(), secret) {
					t.Errorf("%s, %s: the error tells %q: %v", provider, name, secret, err)
				}
			}
		}
	}
}

// TestCopied checks that a value that was copied to another key opens only where the key is no part of it.
func TestCopied(t *testing.T) {
	for provider, opens := range map[string]bool{"aescbc": true, "aesgcm": false, "secretbox": true} {
		secret := keyOf(32, 1)
		_, _, err := keyring(t, provider, "key1", secret).Decrypt([]byte("/registry/secrets/demo/other"), seal(t, provider, "key1", secret, etcdKey))
		if (err == nil) != opens {
			t.Errorf("%s: %v", provider, err)
		}
		if err != nil && !strings.Contains(err.Error(), "copied from another key") {
			t.Errorf("%s: %v", provider, err)
		}
	}
}

// TestSameName tries every key of a name, and names that hold colons.
func TestSameName(t *testing.T) {
	secret := keyOf(32, 1)
	for _, provider := range []string{"aescbc", "aesgcm", "secretbox"} {
		k := keyring(t, provider, "a", keyOf(32, 9), provider, "a", keyOf(5, 9), provider, "a:b", keyOf(32, 8), provider, "a:b", secret)
		got, info, err := k.Decrypt([]byte(etcdKey), seal(t, provider, "a:b", secret, etcdKey))
		if err != nil || !bytes.Equal(got, plain) || info.KeyName != "a:b" {
			t.Errorf("%s: %q %+v %v", provider, got, info, err)
		}
	}
}

// TestNames separates the name of the key from the cipher text, without a key: names hold colons, blanks, other letters.
func TestNames(t *testing.T) {
	v2 := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), bytes.Repeat([]byte("a:"), 30))
	v2 = protowire.AppendString(protowire.AppendTag(v2, 2, protowire.BytesType), "kek:7")
	v1 := append([]byte{0, 32}, bytes.Repeat([]byte("x:"), 40)...)
	for _, name := range []string{"key1", "aescbckey-2026-03-09T09:46:54+01:00", "key1:b", "a:b:c", "my key", "schlüssel:eins", "gone:old", ":", "a:"} {
		for _, provider := range []string{"aescbc", "aesgcm", "secretbox"} {
			secret := keyOf(32, 1)
			v := seal(t, provider, name, secret, etcdKey)
			for what, k := range map[string]*Keyring{"no keyring": nil, "other names": keyring(t, provider, "gone", keyOf(32, 9), provider, "key", secret)} {
				if _, info, err := k.Decrypt([]byte(etcdKey), v); info.KeyName != name || !errors.Is(err, ErrNoKey) {
					t.Errorf("%s %q, %s: named %q, %v", provider, name, what, info.KeyName, err)
				}
			}
			if _, info, _ := (*Keyring)(nil).Decrypt([]byte(etcdKey), v[:len(v)-7]); info.KeyName != name {
				t.Errorf("%s %q, cut off: named %q", provider, name, info.KeyName)
			}
			if got, info, err := keyring(t, provider, "a", keyOf(32, 9), provider, name, secret).Decrypt([]byte(etcdKey), v); err != nil || info.KeyName != name || !bytes.Equal(got, plain) {
				t.Errorf("%s %q with its key: %q %v", provider, name, info.KeyName, err)
			}
		}
		for version, body := range map[string][]byte{"v1": v1, "v2": v2} {
			if _, info, _ := (*Keyring)(nil).Decrypt([]byte(etcdKey), append([]byte("k8s:enc:kms:"+version+":"+name+":"), body...)); info.KeyName != name || version == "v2" && info.KeyID != "kek:7" {
				t.Errorf("kms %s %q: named %q, key %q", version, name, info.KeyName, info.KeyID)
			}
		}
	}
}

func TestKMS(t *testing.T) {
	v2 := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), []byte("data"))
	v2 = protowire.AppendString(protowire.AppendTag(v2, 2, protowire.BytesType), "kek-7")
	for _, c := range []struct {
		value string
		want  Info
		says  string
	}{
		{"k8s:enc:kms:v1:vault:\x00\x20wrapped", Info{Provider: "kms", Version: "v1", KeyName: "vault"}, "kms vault"},
		{"k8s:enc:kms:v2:vault:" + string(v2), Info{Provider: "kms", Version: "v2", KeyName: "vault", KeyID: "kek-7"}, "kms vault (kek-7)"},
		{"k8s:enc:kms:v2:vault:" + string(v2[:7]), Info{Provider: "kms", Version: "v2", KeyName: "vault"}, "kms vault"},
		{"k8s:enc:kms:v2:vault:\xff\xff", Info{Provider: "kms", Version: "v2", KeyName: "vault"}, "kms vault"},
		{"k8s:enc:kms:v2:vault", Info{Provider: "kms", Version: "v2"}, "kms"},
		{"k8s:enc:new:v9:k:x", Info{Provider: "new", Version: "v9", KeyName: "k"}, "new k"},
	} {
		plain, info, err := keyring(t).Decrypt([]byte(etcdKey), []byte(c.value))
		if plain != nil || err == nil || info != c.want || info.String() != c.says {
			t.Errorf("%q: %q %+v %q %v", c.value, plain, info, info, err)
		}
	}
	for _, v := range []string{"k8s:enc:", "k8s:enc:aescbc", "k8s:enc:aescbc:v1", "k8s:enc:" + strings.Repeat("x", 40) + ":v1:k:x"} {
		if _, info, err := keyring(t).Decrypt([]byte(etcdKey), []byte(v)); err == nil || info.Provider == "" || !Encrypted([]byte(v)) {
			t.Errorf("%q: %+v %v", v, info, err)
		}
	}
}

// TestParseErrors checks that a configuration that is wrong is refused without anything of its keys.
func TestParseErrors(t *testing.T) {
	const secret = "c3VwZXJzZWNyZXRrZXk"
	for name, c := range map[string]struct{ in, says string }{
		"not YAML":         {"kind: [\n" + secret, "neither YAML nor JSON"},
		"another shape":    {"kind: EncryptionConfiguration\nresources: " + secret, "neither YAML nor JSON"},
		"a shape within":   {"kind: EncryptionConfiguration\nresources:\n- providers:\n  - aescbc: {keys: [" + secret + "]}", "neither YAML nor JSON"},
		"another kind":     {"kind: Pod\nsecret: " + secret, `its kind is "Pod"`},
		"a secret as kind": {"kind: " + secret, "not EncryptionConfiguration"},
		"no kind":          {"resources: []", "not EncryptionConfiguration"},
		"empty":            {"", "not EncryptionConfiguration"},
		"not base64":       {"kind: EncryptionConfiguration\nresources:\n- providers:\n  - aescbc: {keys: [{name: key1, secret: \"" + secret + "!\"}]}", `aescbc key "key1" is not base64`},
	} {
		k, err := Parse([]byte(c.in))
		if err == nil || k != nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), secret) && name != "a secret as kind" {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

func TestParseForms(t *testing.T) {
	for name, in := range map[string]string{
		"JSON":           `{"kind":"EncryptionConfiguration","resources":[{"providers":[{"identity":{}},{"aescbc":{"keys":[{"name":"a","secret":"AAAA"}]}}]}]}`,
		"the old kind":   "kind: EncryptionConfig\nresources:\n- providers:\n  - aescbc: {keys: [{name: a, secret: AAAA}]}",
		"no body":        "kind: EncryptionConfiguration\nresources:\n- providers:\n  - identity:\n  - aescbc: {keys: [{name: a, secret: AAAA}]}",
		"several places": "kind: EncryptionConfiguration\nresources:\n- providers:\n  - kms: {name: v, endpoint: x}\n- providers:\n  - aescbc: {keys: [{name: a, secret: AAAA}]}",
	} {
		k, err := Parse([]byte(in))
		if err != nil || len(k.keys) != 1 || k.keys[0].name != "a" || k.keys[0].provider != "aescbc" || !bytes.Equal(k.keys[0].secret, []byte{0, 0, 0}) {
			t.Errorf("%s: %+v %v", name, k, err)
		}
	}
}

// FuzzDecrypt decrypts anything: nothing panics, and what cannot be opened says why.
func FuzzDecrypt(f *testing.F) {
	x := fuzztest.New(f)
	k := keyring(f, "aescbc", "a", keyOf(32, 1), "aesgcm", "a", keyOf(16, 1), "secretbox", "a", keyOf(32, 1), "aescbc", "", keyOf(32, 1))
	for _, p := range []string{"aescbc", "aesgcm", "secretbox"} {
		x.Add(seal(f, p, "a", keyOf(32, 1), etcdKey))
	}
	x.Add([]byte("k8s:enc:kms:v2:a:\x12\x01x"))
	x.Add([]byte("k8s:enc::v1:a:"))
	x.Fuzz(func(t *testing.T, v []byte) {
		plain, info, err := k.Decrypt([]byte(etcdKey), v)
		if err != nil && (plain != nil || info.Provider == "") {
			t.Fatalf("%q %+v %v", plain, info, err)
		}
		if err == nil && Encrypted(v) != (info.Provider != "") {
			t.Fatalf("%+v", info)
		}
	})
}
