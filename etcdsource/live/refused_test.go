package live

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// TestProbeRefused: of a member that runs, and that TLS fails with, is said why, and what to do; of one that does not run neither.
func TestProbeRefused(t *testing.T) {
	t.Parallel()
	s, plain := newTLSServer(t), etcdtest.Address(t)
	m := etcdtest.Members(t, 1, "")[0]
	dir := t.TempDir()
	other := certtest.NewCA(t, filepath.Join(dir, "ca.crt"))
	crt, key := filepath.Join(dir, "c.crt"), filepath.Join(dir, "c.key")
	other.Issue(crt, key, certtest.For{Client: true})
	with := func(change func(*Config)) Config {
		c := s.cfg
		change(&c)
		return c
	}
	at := func(url string) func(*Config) { return func(c *Config) { c.Endpoints = []string{url} } }
	secure := s.cfg.Endpoints[0]
	for name, c := range map[string]struct {
		cfg        Config
		fault, say string // "" where TLS is not to blame
	}{
		"another CA":                 {with(func(c *Config) { c.CACert = other.File }), "is not signed by the CA in", "--cacert"},
		"no client certificate":      {with(func(c *Config) { c.Cert, c.Key = "", "" }), "asks for a client certificate", "--cert"},
		"another client certificate": {with(func(c *Config) { c.Cert, c.Key = crt, key }), "refuses client certificate", "--cert"},
		"no TLS":                     {Config{Endpoints: []string{strings.Replace(secure, "https", "http", 1)}}, noPlain, "https://"},
		"TLS to a plain server":      {with(at(strings.Replace(m.HTTP, "http", "https", 1))), noTLS, "http://"},
		"nothing listens":            {with(at(strings.Replace(plain, "http", "https", 1))), "nothing listens there", ""},
	} {
		c.cfg.DialTimeout, c.cfg.CommandTimeout = 5*time.Second, 5*time.Second
		p, err := Ask(etcdtest.Within(t, time.Minute), c.cfg, nil)
		if err != nil || len(p.Members) != 1 {
			t.Errorf("%s: %+v, %v", name, p, err)
			continue
		}
		if m := p.Members[0]; m.Answered || !strings.Contains(m.Fault, c.fault) || (m.Refusal != "") != (c.say != "") || !strings.Contains(m.Refusal, c.say) {
			t.Errorf("%s: %q, %q", name, m.Fault, m.Refusal)
		}
	}
}
