package config

import (
	"path/filepath"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fuzztest"
)

// FuzzParse reads anything as settings: nothing panics, and of what is taken, paths are absolute and clusters can be
// reached.
func FuzzParse(f *testing.F) {
	x := fuzztest.New(f)
	x.Add([]byte("theme: light\nascii: true\nkeys:\n  search: [/, f]\n  quit: Q\n"))
	x.Add([]byte("columns:\n  pods: [READY, IP=.status.podIP]\n  widgets.example.com: [Size, .spec.color]\n"))
	x.Add([]byte("clusters:\n  prod: &a\n    endpoints: [https://10.0.0.5:2379]\n    cacert: ~/pki/ca.crt\n    dial-timeout: 2s\n    audit-log: [x]\n  b: *a\n  <<: {}\n"))
	x.Fuzz(func(t *testing.T, b []byte) {
		c, err := parse(b, "/etc/x")
		if err != nil {
			if len(brief(err.Error())) > maxSaid+10 {
				t.Fatalf("it says too much: %d bytes", len(brief(err.Error())))
			}
			return
		}
		for _, name := range c.Names() {
			k := c.Clusters[name]
			if len(k.Endpoints) == 0 || k.CACert != "" && !filepath.IsAbs(k.CACert) || k.ReadRate < 0 {
				t.Fatalf("cluster %q: %+v", name, k)
			}
		}
		c.Look("", nil)
	})
}
