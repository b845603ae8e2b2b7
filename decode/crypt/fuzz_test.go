package crypt

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzParse reads anything as an EncryptionConfiguration: nothing panics, and an error quotes no secret and is one line.
func FuzzParse(f *testing.F) {
	x := fuzztest.New(f)
	const config = "kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n- resources: [secrets]\n  providers:\n"
	x.Add([]byte(config + "  - aescbc:\n      keys:\n      - {name: one, secret: MDEyMzQ1Njc4OWFiY2RlZg==}\n  - identity: {}\n"))
	x.Add([]byte(config + "  - kms: {name: x, apiVersion: v2, endpoint: 'unix:///x'}\n  - secretbox: &a {keys: [*a]}\n"))
	x.Add([]byte(`{"kind":"EncryptionConfig","resources":[{"providers":[{"aesgcm":null},{"":{"keys":[{"secret":"x"}]}}]}]}`))
	x.Fuzz(func(t *testing.T, b []byte) {
		k, err := Parse(b)
		if (k == nil) != (err != nil) {
			t.Fatalf("%v, %v", k, err)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("an error of several lines: %q", err)
		}
		if plain, info, err := k.Decrypt([]byte("/x"), []byte("k8s:enc:aescbc:v1:one:0123456789abcdef0123456789abcdef")); err != nil && (plain != nil || info.Provider != "aescbc") {
			t.Fatalf("%q %+v %v", plain, info, err)
		}
	})
}
