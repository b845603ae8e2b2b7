package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/print"
)

// canary is the password that must not be seen.
const canary = "p@ss/CANARY:7 %2F\"w"

// shown fails where a text shows the password, or what it is usually turned into.
func shown(t *testing.T, what, text string) {
	t.Helper()
	for _, form := range []string{canary, "CANARY", hex.EncodeToString([]byte(canary)), url.QueryEscape(canary), url.PathEscape(canary), url.UserPassword("u", canary).String(),
		base64.StdEncoding.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte("root:" + canary)), base64.RawURLEncoding.EncodeToString([]byte(canary))} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the password as %q:\n%s", what, form, text)
			return
		}
	}
}

// guarded is an etcd that asks for a password.
func guarded(t *testing.T) string {
	s := etcdtest.New(t, func(c *embed.Config) { c.BcryptCost = 4 })
	s.Put("/registry/namespaces/default", "/registry/configmaps/default/a", "/registry/configmaps/default/b")
	w, ctx := s.Writer(), etcdtest.Within(t, 30*time.Second)
	for _, step := range []func() error{
		func() error { _, err := w.RoleAdd(ctx, "root"); return err },
		func() error { _, err := w.UserAdd(ctx, "root", canary); return err },
		func() error { _, err := w.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := clientv3.NewAuth(w).AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return s.URL
}

// run runs a command line without a terminal and returns all that it wrote.
func run(t *testing.T, f print.Funcs, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	code := print.Execute(etcdtest.Within(t, time.Minute), args, strings.NewReader(""), &out, &out, f)
	return out.String(), code
}

// TestPasswordIsNotShown gives a password in each way that there is to servers that take it and to such that do not, and
// looks for it in everything that is printed.
func TestPasswordIsNotShown(t *testing.T) {
	good, dir := guarded(t), t.TempDir()
	t.Setenv("ETCDSCOPE_CONFIG", filepath.Join(dir, "config.yaml"))
	write(t, filepath.Join(dir, "config.yaml"), "clusters:\n  prod: {endpoints: [\""+good+"\"]}\n")
	commands := [][]string{{"ls"}, {"ls", "/registry/configmaps/", "--rev", "1"}, {"get", "cm/a"}, {"get", "-A", "nosuchtype"}, {"log", "/registry/configmaps/default/a"}, {"log", "-A"},
		{"log", "-A", "--recall"}, {"diff", "cm/a"}, {"diff", "--from", "nosuch.db", "--to", "live"}, {"blame", "cm/a"}, {"trace", "cm/a"}, {"rescue", "cm/a"}, {"report"},
		{"snapshot", "save", filepath.Join(dir, "s.db"), "--force"}, {"gett"}, {"discover", "--root", dir}, {"ls", "--rev", "x"}, {"ls", "--no-such-flag"}}
	for i, way := range [][]string{
		{"--user", "root:" + canary}, {"--user=root:" + canary}, {"--user", "root", "--password", canary}, {"--user", "root:" + canary, "--password", "wrong"},
		{"--user", "nobody:" + canary}, {"--password", canary}, {"--user", "root:" + canary, "--cacert", "/no/ca.crt"},
	} {
		for _, to := range []string{good, "127.0.0.1:1"} {
			for _, c := range commands {
				if (to != good || i > 0) && c[0] != "ls" || to != good && i > 1 {
					continue
				}
				args := append(append([]string{"--endpoints", to}, way...), c...)
				text, _ := run(t, functions(), args...)
				shown(t, strings.Join(c, " ")+" of "+to, text)
			}
		}
	}
	t.Run("in an address", func(t *testing.T) {
		for _, user := range []string{"root:" + canary, url.UserPassword("root", canary).String(), "root:CANARY", "CANARY", "root%3ACANARY%40x"} {
			for _, scheme := range []string{"https://", "http://", "", "ftp://"} {
				addr := scheme + user + "@127.0.0.1:2379"
				lines := [][]string{{"ls", "--endpoints", addr}, {"ls", "--endpoints=" + good + "," + addr}, {"--endpoints", addr}}
				if scheme != "" && strings.Contains(user, ":") {
					lines = append(lines, []string{addr}, []string{"ls", "--from", addr}, []string{"diff", "--from=" + addr, "--to", "live"}, []string{"open", addr})
				}
				for _, l := range lines {
					if text, code := run(t, functions(), l...); code != 2 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "carries a user or a password") {
						t.Errorf("exit %d: %s", code, text)
					} else {
						shown(t, strings.Join(l, " "), text)
					}
				}
			}
		}
	})
	t.Run("flags", func(t *testing.T) {
		for _, l := range []string{"-password=CANARY", "-user=root:CANARY", "-pCANARY", "--=CANARY", "-u root:CANARY", "--user", "--passwort=CANARY"} {
			text, _ := run(t, functions(), append([]string{"ls"}, strings.Fields(l)...)...)
			shown(t, l, text)
		}
	})
	t.Run("environment", func(t *testing.T) {
		t.Setenv("ETCDCTL_USER", "root:"+canary)
		for _, ep := range []string{good, "127.0.0.1:1", "https://root:CANARY@127.0.0.1:1"} {
			t.Setenv("ETCDCTL_ENDPOINTS", ep)
			text, code := run(t, functions(), "ls")
			shown(t, "ls with "+ep, text)
			if code == 0 != (ep == good) || strings.Contains(text, "ps shows") {
				t.Errorf("%s: exit %d: %s", ep, code, text)
			}
		}
	})
	t.Run("settings", func(t *testing.T) {
		write(t, filepath.Join(dir, "config.yaml"), "clusters:\n  prod: {endpoints: [\"https://root:CANARY@host\"]}\n")
		text, code := run(t, functions(), "ls", "--name", "prod")
		if shown(t, "settings", text); code != 2 || !strings.Contains(text, "cluster prod carries a user or a password") {
			t.Errorf("exit %d: %s", code, text)
		}
	})
	t.Run("hint", func(t *testing.T) {
		write(t, filepath.Join(dir, "config.yaml"), "")
		text, code := run(t, functions(), "ls", "--endpoints", good, "--user", "root:"+canary)
		if code != 0 || strings.Count(text, "ps shows") != 1 {
			t.Errorf("exit %d: %s", code, text)
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
