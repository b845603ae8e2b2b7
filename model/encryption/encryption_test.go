package encryption

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/learn"
)

func sealed(keyID, dek string) string {
	b := protowire.AppendTag(nil, 1, protowire.BytesType)
	b = protowire.AppendBytes(b, make([]byte, 80))
	b = protowire.AppendTag(b, 2, protowire.BytesType)
	b = protowire.AppendString(b, keyID)
	b = protowire.AppendTag(b, 3, protowire.BytesType)
	b = protowire.AppendString(b, dek)
	return "k8s:enc:kms:v2:vault:" + string(b)
}

const config = `{"kind":"EncryptionConfiguration","resources":[{"resources":["secrets"],"providers":[{"kms":{"apiVersion":"v2","name":"vault","endpoint":"unix:///x"}},{"aescbc":{"keys":[]}}]}]}`

// TestRead: a rotation half way, a shared DEK, and what is stored plain although the configuration has it encrypted.
func TestRead(t *testing.T) {
	t.Parallel()
	ring, err := crypt.Parse([]byte(config))
	if err != nil {
		t.Fatal(err)
	}
	ops := []sourcetest.Op{
		sourcetest.Put("/registry/secrets/a/old", "k8s:enc:aescbc:v1:k1:0123456789abcdef"),
		sourcetest.Put("/registry/secrets/a/one", sealed("1", "dek")), sourcetest.Put("/registry/secrets/a/three", sealed("2", "dek3")),
		sourcetest.Put("/registry/secrets/a/four", sealed("2", "dek3")), sourcetest.Put("/registry/secrets/b/plain", "{}"),
		sourcetest.Put("/registry/configmaps/a/c", "{}"),
	}
	for _, spare := range []bool{false, true} {
		src, err := snapfile.Open(t.Context(), sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops}), snapfile.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		o := &learn.Opened{Known: &learn.Known{Info: etcdsource.Info{Spare: spare}, Root: "/registry/", Kinds: kinds.Builtin(), Keyring: ring}, Source: src}
		r, err := Read(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range r.Uses {
			got = append(got, fmt.Sprint(u.Resource, " ", u.Info, " ", len(u.DEK), " ", u.Objects, " ", u.Current))
		}
		want := []string{"secrets kms vault (2) 12 2 true", "secrets aescbc k1 0 1 false", "secrets kms vault (1) 12 1 false"}
		if fmt.Sprint(got) != fmt.Sprint(want) || r.Partial {
			t.Errorf("%q, want %q", got, want)
		}
		if len(r.Plain) != 1 || r.PlainAll != 1 || r.Plain[0] != (Plain{"/registry/secrets/b/plain", "secrets", "kms vault"}) {
			t.Errorf("plain: %+v", r.Plain)
		}
		if p := r.Progress(); len(p) != 1 || p[0] != (Progress{"secrets", "kms vault (2)", 2, 5}) {
			t.Errorf("progress: %+v", p)
		}
	}
}

// TestRotation: the current key is that of the configuration, else that of the newest write, which may be plain text; where the newest
// write contradicts the configuration, both are said.
func TestRotation(t *testing.T) {
	t.Parallel()
	old, plain := sourcetest.Put("/registry/secrets/a/old", "k8s:enc:aescbc:v1:k1:0123456789abcdef"), sourcetest.Put("/registry/secrets/a/plain", "{}")
	kms := sourcetest.Put("/registry/secrets/a/new", sealed("2", "dek"))
	identity := `{"kind":"EncryptionConfiguration","resources":[{"resources":["secrets"],"providers":[{"identity":{}},{"aescbc":{"keys":[]}}]}]}`
	for _, c := range []struct {
		config string
		ops    []sourcetest.Op
		want   string
	}{
		{"", []sourcetest.Op{old, plain, kms}, "secrets: 1 of 2 with the current key (kms vault (2))"},
		{"", []sourcetest.Op{old, kms, plain}, "secrets: the newest write is plain text; 2 of 3 still encrypted"},
		{config, []sourcetest.Op{old, kms}, "secrets: 1 of 2 with the current key (kms vault (2))"},
		{config, []sourcetest.Op{kms, old}, "secrets: the newest write is aescbc k1; 1 of 2 with the current key (kms vault (2))"},
		{config, []sourcetest.Op{old}, "secrets: the newest write is aescbc k1; 0 of 1 with the current key (kms vault)"},
		{identity, []sourcetest.Op{old, plain}, "secrets: 1 of 2 still encrypted, the configuration writes plain text"},
		{identity, []sourcetest.Op{plain, old}, "secrets: the newest write is aescbc k1; 1 of 2 still encrypted, the configuration writes plain text"},
	} {
		ring, err := crypt.Parse([]byte(c.config))
		if c.config == "" {
			ring, err = nil, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		src, err := snapfile.Open(t.Context(), sourcetest.WriteSpec(t, sourcetest.Spec{Ops: c.ops}), snapfile.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		r, err := Read(t.Context(), &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: kinds.Builtin(), Keyring: ring}, Source: src})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Rotation(); len(got) != 1 || got[0] != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
