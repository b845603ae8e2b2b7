package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// limited is an etcd with a few objects, of which podman may read the pods, keyman one key, and nobody nothing.
func limited(t *testing.T) string {
	s := etcdtest.New(t, func(c *embed.Config) { c.BcryptCost = 4 })
	w, ctx := s.Writer(), etcdtest.Within(t, time.Minute)
	put := func(key, kind, ns, name string) func() error {
		value := fmt.Sprintf(`{"apiVersion":"v1","kind":%q,"metadata":{"name":%q,"namespace":%q,"uid":%q}}`, kind, name, ns, name)
		return func() error { _, err := w.Put(ctx, key, value); return err }
	}
	grant := func(user, from, to string) func() error {
		return func() error {
			if _, err := w.RoleAdd(ctx, user); err != nil {
				return err
			}
			if from != "" {
				if _, err := w.RoleGrantPermission(ctx, user, from, to, clientv3.PermissionType(clientv3.PermRead)); err != nil {
					return err
				}
			}
			if _, err := w.UserAdd(ctx, user, "pw"); err != nil {
				return err
			}
			_, err := w.UserGrantRole(ctx, user, user)
			return err
		}
	}
	for _, step := range []func() error{
		put("/registry/namespaces/kube-system", "Namespace", "", "kube-system"), put("/registry/namespaces/demo", "Namespace", "", "demo"),
		put("/registry/pods/demo/web", "Pod", "demo", "web"), put("/registry/pods/demo/db", "Pod", "demo", "db"), put("/registry/pods/demo/db", "Pod", "demo", "db"),
		put("/registry/secrets/demo/key", "Secret", "demo", "key"),
		grant("root", "", ""), grant("podman", "/registry/pods/", "/registry/pods0"), grant("keyman", "/registry/pods/demo/web", ""), grant("nobody", "", ""),
		func() error { _, err := clientv3.NewAuth(w).AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return s.URL
}

// TestCommandsOfALimitedUser: who may read some keys only gets these from every command, with a note that says so, and an
// error only for what he asks for and may not read.
func TestCommandsOfALimitedUser(t *testing.T) {
	url, dir := limited(t), t.TempDir()
	write(t, filepath.Join(dir, "config.yaml"), "")
	t.Setenv("ETCDSCOPE_CONFIG", filepath.Join(dir, "config.yaml"))
	t.Setenv("ETCDCTL_PASSWORD", "pw")
	for _, c := range []struct {
		user, line string
		code       int
		says       string
	}{
		{"podman", "ls", 0, "/registry/"},
		{"podman", "ls /registry/", 0, "2  /registry/pods/"},
		{"podman", "ls /registry/pods/", 0, "2  /registry/pods/demo/"},
		{"podman", "ls --prefix /registry", 0, "/registry/"},
		{"podman", "ls --prefix /registry/pods", 0, "/registry/"},
		{"podman", "ls -n demo", 0, "/registry/pods/demo/web"},
		{"podman", "get pods -A", 0, "web"},
		{"podman", "get pods -n demo", 0, "db"},
		{"podman", "get pods -A --prefix /registry", 0, "web"},
		{"podman", "get po/web -n demo -o yaml", 0, "kind: Pod"},
		{"podman", "get /registry/pods/demo/web", 0, "kind: Pod"},
		{"podman", "log po/db -n demo", 0, "pods/db -n demo"},
		{"podman", "diff po/db -n demo", 0, ""},
		{"podman", "blame po/web -n demo", 0, "kind: Pod"},
		{"podman", "report", 0, ""},
		{"keyman", "ls", 0, "/registry/"},
		{"keyman", "get po/web -n demo", 0, "kind: Pod"},
		{"keyman", "get pods -A", 0, "web"},
		{"podman", "get secrets -A", 3, `user "podman" may not read this`},
		{"podman", "ls /registry/secrets/", 3, `user "podman" may not read this`},
		{"keyman", "get po/db -n demo", 3, `user "keyman" may not read this`},
	} {
		text, code := run(t, functions(), append(strings.Fields(c.line), "--endpoints", url, "--user", c.user)...)
		if code != c.code || !strings.Contains(text, c.says) || !strings.Contains(text, "may read only") || code == 0 && strings.Contains(text, "may not read") {
			t.Errorf("%s: %s: exit %d:\n%s", c.user, c.line, code, text)
		}
		if strings.Contains(text, "Secret") || strings.Contains(text, "demo/key") {
			t.Errorf("%s: %s: it shows what may not be read:\n%s", c.user, c.line, text)
		}
	}
	if text, code := run(t, functions(), "ls", "--endpoints", url, "--user", "nobody"); code != 3 || !strings.Contains(text, "may read nothing") {
		t.Errorf("nobody: exit %d: %s", code, text)
	}
}
