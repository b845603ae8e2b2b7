package compare

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// sealed encrypts as the API server's aescbc provider does.
func sealed(t *testing.T, key []byte, iv byte, plain string) string {
	t.Helper()
	c, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	n := aes.BlockSize - len(plain)%aes.BlockSize
	b := append([]byte(plain), strings.Repeat(string(rune(n)), n)...)
	v := []byte(strings.Repeat(string(rune(iv)), aes.BlockSize))
	cipher.NewCBCEncrypter(c, v).CryptBlocks(b, b)
	return "k8s:enc:aescbc:v1:one:" + string(v) + string(b)
}

func TestNotes(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	ring, err := crypt.Parse([]byte("kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n- resources: [secrets]\n  providers:\n  - aescbc:\n      keys:\n      - name: one\n        secret: " +
		base64.StdEncoding.EncodeToString(key) + "\n  - identity: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	dec := decode.New(decode.Options{Keyring: ring})
	secret := `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"p":"aHVudGVy"}}`
	owned := `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","managedFields":[{"manager":"x"}]},"data":{"p":"aHVudGVy"}}`
	for _, c := range []struct{ before, after, note string }{
		{sealed(t, key, 1, secret), sealed(t, key, 2, secret), "re-encrypted, no field changed"},
		{secret, sealed(t, key, 2, secret), "re-encrypted, no field changed: none → aescbc one"},
		{secret, "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {p: aHVudGVy}\n", "re-encoded: json → yaml, with the same fields"},
		{secret, owned, "only managedFields changed"},
		{secret, " " + secret, "rewritten: the bytes differ, the fields are the same"},
		{secret, strings.Replace(secret, "aHVu", "xxxx", 1), ""},
		{secret, sealed(t, key, 2, strings.Replace(secret, "aHVu", "xxxx", 1)), ""},
		{secret, "k8s:enc:kms:v2:plugin:xxxx", "the version of revision 7 cannot be compared: "},
		{"k8s:enc:kms:v2:plugin:xxxx", secret, "the version of revision 0 cannot be compared: "},
		{"a", "b", "the stored bytes differ"},
	} {
		k := []byte("/registry/secrets/default/s")
		d := &Difference{Key: k, From: &etcdsource.Entry{Key: k, Value: []byte(c.before)}, To: &etcdsource.Entry{Key: k, Value: []byte(c.after), Mod: 7}}
		got := Decode(d, dec, dec, decode.View{})
		unread := strings.HasSuffix(c.note, ": ")
		if got.Note != c.note && !(unread && strings.HasPrefix(got.Note, c.note)) || (len(got.Changes) == 0) != (c.note != "") ||
			(got.Before.Problem+got.After.Problem != "") != unread {
			t.Errorf("note %q, %d changes, %s%s; want %q", got.Note, len(got.Changes), got.Before.Problem, got.After.Problem, c.note)
		}
		for _, ch := range got.Changes {
			if ch.New != decode.Mask {
				t.Errorf("%s is not masked: %v", ch.Path, ch.New)
			}
		}
	}
	add := Decode(&Difference{Key: []byte("k"), To: &etcdsource.Entry{Value: []byte(secret)}}, dec, dec, decode.View{})
	if add.Op() != Added || len(add.Changes) == 0 || add.Note != "" {
		t.Errorf("added: %+v", add)
	}
}

// TestAspect: what was changed of an object is said of changed ones only.
func TestAspect(t *testing.T) {
	t.Parallel()
	dec := decode.New(decode.Options{})
	entry := func(rest string) *etcdsource.Entry {
		return &etcdsource.Entry{Key: []byte("/registry/pods/demo/p"), Value: []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},` + rest + `}`)}
	}
	one, two := entry(`"spec":{"nodeName":"a"},"status":{"phase":"Pending"}`), entry(`"spec":{"nodeName":"a"},"status":{"phase":"Running"}`)
	bound := entry(`"spec":{"nodeName":"b"},"status":{"phase":"Pending"}`)
	for _, c := range []struct {
		from, to *etcdsource.Entry
		want     string
	}{{one, two, change.AspectStatus}, {one, bound, change.AspectSpec}, {nil, one, ""}, {one, nil, ""}} {
		if got := Decode(&Difference{Key: one.Key, From: c.from, To: c.to}, dec, dec, decode.View{}); got.Aspect != c.want {
			t.Errorf("the aspect is %q, want %q: %v", got.Aspect, c.want, got.Changes)
		}
	}
}
