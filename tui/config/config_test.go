package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/keymap"
)

func write(t *testing.T, s string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(p, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLoad(t *testing.T) {
	t.Setenv("HOME", "/home/trainer")
	p := write(t, `
theme: light
ascii: true
keys:
  search: f
  quit: [Q, ctrl+c]
columns:
  po: [ready, .status.podIP, "IMAGE=.spec.containers[*].image"]
  widgets.example.com: [Size]
clusters:
  prod:
    endpoints: ["https://10.0.0.5:2379"]
    cacert: ~/pki/ca.crt
    cert: client.crt
    key: /etc/pki/client.key
    dial-timeout: 3s
`)
	c, err := Load(p)
	if err != nil {
		t.Fatal(err)
	}
	k := c.Clusters["prod"]
	if c.Theme != "light" || !c.ASCII || k.CACert != "/home/trainer/pki/ca.crt" || k.Cert != filepath.Join(filepath.Dir(p), "client.crt") ||
		k.Key != "/etc/pki/client.key" || k.DialTimeout.Seconds() != 3 || len(c.Names()) != 1 || len(c.Columns["po"]) != 3 {
		t.Errorf("it says %+v", c)
	}
	for _, env := range []struct{ flag, environ, want string }{
		{"", "TERM=xterm", "light"}, {"cvd", "TERM=xterm", "cvd"}, {"", "TERM=linux", ""}, {"", "NO_COLOR=1", ""},
	} {
		if got := c.Look(env.flag, []string{env.environ}); got != env.want {
			t.Errorf("%v: theme %q", env, got)
		}
	}
	before := keymap.Table
	t.Cleanup(func() { keymap.Table = before; _ = keymap.Rebind(nil) })
	var s keymap.State
	if err := c.Rebind(); err != nil || s.Press("Q") != keymap.Quit || s.Press("q") != keymap.None {
		t.Errorf("the keys do not hold: %v", err)
	}
	c.Keys = map[string]Keys{"search": {"j"}}
	if err := c.Rebind(); err == nil || !strings.Contains(err.Error(), "key j means") {
		t.Errorf("a clash is taken: %v", err)
	}
}

// bomb is YAML that would become a billion texts.
var bomb = "columns:\n  a: &a [x,x,x,x,x,x,x,x,x,x]\n" + strings.Repeat("  b: &a [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n", 9)

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ file, says string }{
		{"theme: dark\nthme: light\n", "line 2: there is no setting thme"},
		{"clusters:\n  prod:\n    endpoint: x\n", "line 3: there is no setting endpoint"},
		{"theme: pink\n", `theme "pink": there are dark`},
		{"clusters:\n  prod:\n    cert: x\n", "cluster prod: it has no endpoints"},
		{"clusters:\n  prod:\n    endpoints: [x]\n    read-rate: -1\n", "read-rate -1 is no number of requests"},
		{"clusters:\n  prod:\n    endpoints: [x]\n    read-rate: .nan\n", "read-rate NaN"},
		{"ascii: 7\n", "line 1"},
		{"theme: [\n", "line"},
		{"theme: dark\ntheme: light\n", "line 2"},
		{"theme: dark\nthme: light\n", "there is no setting thme; did you mean theme?"},
		{"clusters:\n  prod:\n    endpoint: x\n", "did you mean endpoints?"},
		{"theme: dark\nxyzzy: light\n", "no setting xyzzy"},
		{"keys:\n  quit: Q\n  serch: f\n", `line 3: there is no action "serch"; did you mean search?`},
		{"columns:\n  pods: [READY]\n  podz: [READY]\n", `line 3: columns: there is no resource "podz"; did you mean pods?`},
		{"columns:\n  pods:\n  - READY\n  # STATE\n  - STATE\n", `line 5: columns of pods: there is no column "STATE"; did you mean STATUS?`},
		{"columns:\n  pods: [IP=status.podIP]\n", "there is no column"},
	} {
		_, err := Load(write(t, c.file))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", c.file, err, c.says)
		}
	}
	for _, file := range []string{strings.Repeat("# a line of text\n", regular.MaxSettings/16), strings.Repeat("x", 1000) + strings.Repeat("y: 1\n", 10000),
		strings.Repeat("a", 900<<10) + ": 1\n", "theme: " + strings.Repeat("a", 900<<10), "theme: " + strings.Repeat("[", 300<<10), bomb} {
		if _, err := Load(write(t, file)); err == nil || len(err.Error()) > 1000 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.20q: %.2000v", file, err)
		}
	}
	if _, err := Load("/dev/zero"); !errors.Is(err, regular.ErrKind) {
		t.Errorf("/dev/zero: %v", err)
	}
	if c, err := Load(filepath.Join(t.TempDir(), "none.yaml")); err != nil || c.Theme != "" {
		t.Errorf("a file that is not there: %v", err)
	}
	t.Setenv(PathEnv, filepath.Join(t.TempDir(), "none.yaml"))
	if _, err := Load(Path()); err == nil {
		t.Error("a file that was asked for may be missing")
	}
}

// TestNearest names the cluster that was meant, else those there are, but never a whole catalogue.
func TestNearest(t *testing.T) {
	many := make([]string, 500)
	for i := range many {
		many[i] = fmt.Sprintf("cluster-%03d-of-the-fleet", i)
	}
	for _, c := range []struct {
		got   string
		names []string
		want  string
	}{
		{"prdo", []string{"prod", "staging"}, "did you mean prod?"},
		{"PROD", []string{"prod"}, "did you mean prod?"},
		{"x", []string{"prod", "staging"}, "there are prod, staging"},
		{"x", many, "and 492 more"},
	} {
		if got := Nearest(c.got, c.names); !strings.Contains(got, c.want) || len(got) > 400 {
			t.Errorf("%s: %s", c.got, got)
		}
	}
}
