package tty_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// TestPasswordIsNotOnTheScreen goes through what the screen shows of a cluster with a password, and of one that cannot
// be reached: no byte that is sent to the terminal may belong to it, those of the window title and the clipboard included.
func TestPasswordIsNotOnTheScreen(t *testing.T) {
	const password = "p@ss:CANARY"
	s := etcdtest.New(t, func(c *embed.Config) { c.BcryptCost = 4 })
	s.Put("/registry/namespaces/default", "/registry/configmaps/default/a")
	w, ctx := s.Writer(), etcdtest.Within(t, 30*time.Second)
	_, _ = w.RoleAdd(ctx, "root")
	_, _ = w.UserAdd(ctx, "root", password)
	_, _ = w.UserGrantRole(ctx, "root", "root")
	if _, err := clientv3.NewAuth(w).AuthEnable(ctx); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{s.URL, "127.0.0.1:1"} {
		x := tty.Start(t, tty.Config{W: 160, H: 40, Env: []string{"TERM=xterm-256color"}}, program, "--endpoints", to, "--user", "root:"+password)
		if to == s.URL {
			x.See("ps shows everyone a password")
			for _, step := range []struct{ keys, see string }{
				{"6", ""}, {"5", ""}, {"3", ""}, {"2", ""}, {"1", ""}, {"j", "configmaps"}, {"y", "Copy"}, {"k", "opied"}, {"@", "0 writes   "}, {"\x1b[H", "Authenticate"}, {"\x03", "Live changes"},
			} {
				x.Keys(step.keys)
				x.See(step.see)
			}
		} else {
			x.See("othing listens there")
		}
		x.Keys("q")
		x.Wait()
		for _, form := range []string{"CANARY", base64.StdEncoding.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte("root:" + password))} {
			if i := bytes.Index(x.Raw(), []byte(form)); i >= 0 {
				t.Errorf("%s: the terminal was sent %q", to, x.Raw()[max(i-60, 0):i+60])
			}
		}
		clean(t, x)
	}
}
