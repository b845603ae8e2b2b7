package tty_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

var clipboard = regexp.MustCompile(`\x1b\]52;c;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)`)

// copied waits until the program has copied a text for the nth time, and returns that.
func copied(s *tty.Session, n int) string {
	var all [][][]byte
	s.Until("a text is copied", func() bool {
		all = clipboard.FindAllSubmatch(s.Raw(), -1)
		return len(all) >= n
	})
	b, _ := base64.StdEncoding.DecodeString(string(all[n-1][1]))
	return string(b)
}

// tools is a folder with etcdscope, and with kubectl and etcdctl that only say their arguments, one a line.
func tools(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(program, filepath.Join(dir, "etcdscope")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kubectl", "etcdctl"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inShell runs a line in a shell that finds the tools.
func inShell(t *testing.T, tools, line string) string {
	t.Helper()
	c := exec.CommandContext(etcdtest.Within(t, tty.Patience), "sh", "-c", line)
	c.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}

// TestCopiedCommand: the line that is copied prints in a shell what is on the screen, from a file with an odd name, masked.
func TestCopiedCommand(t *testing.T) {
	t.Parallel()
	odd := filepath.Join(t.TempDir(), "it's $(a) file.db")
	if err := os.Link(snapshot, odd); err != nil {
		t.Fatal(err)
	}
	s := tty.Start(t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, program, odd)
	s.See("Resources (")
	typed(s, ":secrets\r")
	s.See("db-cred")
	s.Keys("/db-cred\r")
	s.Keys("\r")
	s.See(`password: "***"`)
	s.Keys("y")
	s.See("the command that shows this")
	s.Keys("s")
	line := copied(s, 1)
	s.See("Copied the command")
	out := inShell(t, tools(t), line)
	if !strings.HasPrefix(line, "etcdscope get /registry/secrets/demo/db-cred -o yaml ") || !strings.Contains(out, `"***"`) || strings.Contains(out, "cm90YXRlZ") {
		t.Errorf("%s prints\n%s", line, out)
	}
	screen := s.Screen()
	for _, want := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.Contains(screen, strings.TrimSpace(want)) {
			t.Errorf("%s prints %q, which is not on the screen:\n%s", line, want, screen)
		}
	}
	s.Keys("d")
	s.See("equal lines")
	s.Keys("y")
	s.See("the diff as Markdown")
	s.See("etcdscope diff ")
	s.Keys("d")
	s.See("Copied the diff as Markdown")
	md := copied(s, 2)
	_, line, _ = strings.Cut(md, "\n```sh\n")
	line, _, _ = strings.Cut(line, "\n```")
	if out := inShell(t, tools(t), line+"; test $? = 1"); !strings.Contains(md, "\n```diff\n") || !strings.Contains(out, ".data.password") || strings.Contains(md+out, "cm90") {
		t.Errorf("copied\n%s\nwhich prints\n%s", md, out)
	}
	s.Keys("\x03")
	s.Wait()
	clean(t, s)
}

// TestCopiedLinesOfACluster: what is copied for kubectl and etcdctl names in a shell the object that is on the screen, however
// its name is spelled.
func TestCopiedLinesOfACluster(t *testing.T) {
	t.Parallel()
	etcd := etcdtest.New(t)
	const name = `it's a "$(name)"`
	for key, value := range map[string]string{
		"/registry/namespaces/demo":         `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`,
		"/registry/configmaps/demo/" + name: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"demo"},"data":{"k":"some-value"}}`,
	} {
		if _, err := etcd.Writer().Put(etcdtest.Within(t, tty.Patience), key, value); err != nil {
			t.Fatal(err)
		}
	}
	s := tty.Start(t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, program, "--endpoints", etcd.URL)
	s.See("Resources (2 keys)")
	typed(s, ":configmaps\r")
	s.See("demo       it's a")
	s.Keys("\r")
	s.See("some-value")
	dir := tools(t)
	for i, c := range []struct{ key, sees, want string }{
		{"c", "the kubectl command", "get\nconfigmaps/" + name + "\n-o\nyaml\n-n\ndemo\n"},
		{"e", "the etcdctl command", "--endpoints=" + etcd.URL + "\nget\n--\n/registry/configmaps/demo/" + name + "\n"},
	} {
		s.Keys("y")
		s.See(c.sees)
		s.Keys(c.key)
		line := copied(s, i+1)
		s.See("Copied " + c.sees)
		if out := inShell(t, dir, line); out != c.want {
			t.Errorf("%s: the arguments are %q, want %q", line, out, c.want)
		}
	}
	s.Keys("y")
	s.See("the command that shows this")
	s.Keys("s")
	if line := copied(s, 3); !strings.Contains(inShell(t, dir, line), "some-value") {
		t.Errorf("%s does not print the value", line)
	}
	s.Keys("\x03")
	s.Wait()
	clean(t, s)
}
