package commands_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// help returns the help of a command.
func help(t *testing.T, name []string) string {
	t.Helper()
	stdout, stderr, code := execute(t, append(name, "--help")...)
	if code != 0 {
		t.Fatalf("%v --help: exit %d, %s", name, code, stderr)
	}
	return stdout
}

var listed = regexp.MustCompile(`(?m)^  ([a-z-]+) +[A-Z]`)

// eachCommand calls f for each command with its help, those below others too.
func eachCommand(t *testing.T, name []string, f func(name []string, help string)) {
	text := help(t, name)
	f(name, text)
	if len(name) > 0 && name[0] == "completion" {
		return // those below it are cobra's
	}
	_, list, _ := strings.Cut(text, "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for _, m := range listed.FindAllStringSubmatch(list, -1) {
		if m[1] != "help" {
			eachCommand(t, append(name[:len(name):len(name)], m[1]), f)
		}
	}
}

// examples are the lines of the examples in a help.
func examples(help string) (out []string) {
	_, text, _ := strings.Cut(help, "\nExamples")
	_, text, _ = strings.Cut(text, ":\n")
	text, _, _ = strings.Cut(text, "\n\n")
	for line := range strings.Lines(text) {
		out = append(out, strings.TrimSpace(line))
	}
	return out
}

// workshop is a folder with what examples read and run: two snapshots of the demo, an audit log, a node's files, kubectl.
func workshop(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	bin := filepath.Join(t.TempDir(), "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(bin, "etcdscope")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bin, "kubectl"), "#!/bin/sh\ncat > /dev/null\n")
	if err := os.Chmod(filepath.Join(bin, "kubectl"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"backup.db", "night.db"} {
		if out, code := run(t, "snapshot", "save", filepath.Join(dir, f), "--demo"); code != 0 {
			t.Fatalf("save %s: exit %d, %s", f, code, out)
		}
	}
	if out, code := run(t, "snapshot", "restore", filepath.Join(dir, "backup.db"), "--data-dir", filepath.Join(dir, "restored"), "--no-rehearse"); code != 0 {
		t.Fatalf("restore: exit %d, %s", code, out)
	}
	write(t, filepath.Join(dir, "audit.log"), `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"ResponseComplete","verb":"get","user":{"username":"alice"}}`+"\n")
	node, _, _ := twoEtcds(t)
	if err := os.Symlink(node, filepath.Join(dir, "node")); err != nil {
		t.Fatal(err)
	}
	env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "SHELL=/bin/sh", "XDG_STATE_HOME="+filepath.Join(dir, ".state"), "XDG_CONFIG_HOME="+filepath.Join(dir, ".config"))
	return dir, env
}

// endless are the examples that run until they are stopped: from their first line on they have done what they say.
var endless = regexp.MustCompile(`--follow|--watch|--every|^etcdscope serve`)

// printsNothing are the examples that print nothing here: into a file, of what is not there, for a program that is not a real one.
var printsNothing = regexp.MustCompile(`> | man |alice|kubectl|--to |shell`)

// codes reports whether an exit code is one of those that an example may have: the answer need not be yes where diff ends with 1 where there is a difference, and discover
// where this machine has no etcd.
func codes(line string, code int) bool {
	return code == 0 || code == 1 && (strings.HasPrefix(line, "etcdscope diff ") || strings.HasPrefix(line, "etcdscope discover") && !strings.Contains(line, "--root"))
}

// shown runs a line as a shell does.
func shown(t *testing.T, dir string, env []string, line string) (out string, code int) {
	t.Helper()
	ctx, cancel := context.WithCancel(etcdtest.Within(t, 3*time.Minute))
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", line)
	c.Dir, c.Env = dir, env
	b := &watchedBuffer{}
	c.Stdout, c.Stderr = b, b
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }
	c.WaitDelay = time.Minute
	ended := endless.MatchString(line)
	if ended {
		b.first = cancel
	}
	_ = c.Run()
	code = c.ProcessState.ExitCode()
	if ended && b.Len() > 0 && (code == 130 || code == -1) {
		code = 0
	}
	return b.String(), code
}

// watchedBuffer calls first when the first bytes come.
type watchedBuffer struct {
	mu    sync.Mutex
	b     bytes.Buffer
	first func()
}

func (w *watchedBuffer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first != nil {
		w.first()
		w.first = nil
	}
	return w.b.Write(p)
}

func (w *watchedBuffer) Len() int { w.mu.Lock(); defer w.mu.Unlock(); return w.b.Len() }

func (w *watchedBuffer) String() string { w.mu.Lock(); defer w.mu.Unlock(); return w.b.String() }

// TestExamples: every command has three examples, and each of them does what it says on the demo, or on a snapshot of it.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program a hundred times")
	}
	t.Parallel()
	dir, env := workshop(t)
	own, values := map[string]bool{}, secrets(t, filepath.Join(dir, "backup.db"))
	eachCommand(t, nil, func(name []string, help string) {
		list := examples(help)
		if len(list) < 3 {
			t.Errorf("etcdscope %s has %d examples", strings.Join(name, " "), len(list))
		}
		for _, line := range list {
			if own[line] {
				continue
			}
			own[line] = true
			in := dir
			if strings.Contains(line, " restore ") || strings.Contains(line, " save ") || strings.Contains(line, "ticket") || strings.Contains(line, " history ") { // they write where nothing is yet, or look at a whole folder
				in = t.TempDir()
				for _, f := range []string{"backup.db", "night.db"} {
					if !strings.Contains(line, "save "+f) {
						if err := os.Link(filepath.Join(dir, f), filepath.Join(in, f)); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			if out, code := shown(t, in, env, line); !codes(line, code) || out == "" && !printsNothing.MatchString(line) {
				t.Errorf("%s: exit %d\n%s", line, code, out)
			} else if v := leaked(out, values); v != "" && !strings.Contains(line, "--reveal") {
				t.Errorf("%s shows the value %s of a Secret", line, v)
			}
		}
	})
	t.Logf("%d examples", len(own))
}

// secrets are the values of all Secrets in all revisions of a file, as they are and in base64.
func secrets(t *testing.T, db string) (out []string) {
	t.Helper()
	stdout, stderr, code := execute(t, "log", "secrets", "-A", "--changes", "-o", "json", "--reveal", "--from", db)
	if code != 0 {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	now, _, _ := execute(t, "get", "secrets", "-A", "-o", "json", "--reveal", "--from", db)
	for _, m := range regexp.MustCompile(`"(?:password|token-secret|api-key|webhook|tls.key|.dockerconfigjson|old|new)":"([A-Za-z0-9+/]{8,}={0,2})"`).FindAllStringSubmatch(stdout+now, -1) {
		plain, err := base64.StdEncoding.DecodeString(m[1])
		if err == nil && len(plain) >= 6 {
			out = append(out, m[1], string(plain))
		}
	}
	if len(out) < 8 {
		t.Fatalf("only %d values in\n%s", len(out), now)
	}
	return out
}

// leaked returns the first of some values that an output has.
func leaked(out string, values []string) string {
	for _, v := range values {
		if strings.Contains(out, v) {
			return v
		}
	}
	return ""
}

// TestNoCommandShowsSecrets: no command that prints objects, or what is said of them, shows the value of a Secret without
// --reveal: not by a template, an order or a selector either, nor of the past, nor as it changes.
func TestNoCommandShowsSecrets(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program many times")
	}
	t.Parallel()
	db := filepath.Join(t.TempDir(), "backup.db")
	if out, code := run(t, "snapshot", "save", db, "--demo"); code != 0 {
		t.Fatalf("save: exit %d, %s", code, out)
	}
	values := secrets(t, db)
	guess := "data.password=" + strings.ReplaceAll(values[0], "=", `\=`)
	for _, args := range [][]string{
		{"get", "secrets", "-A", "-o", "go-template={{range .items}}{{range $k, $v := .data}}{{base64decode $v}}{{end}}{{end}}"}, {"get", "secrets", "-A", "-o", "jsonpath={.items[*].data}"},
		{"get", "secrets", "-A", "-o", "jsonpath-as-json={.items}"}, {"get", "secrets", "-A", "-o", "custom-columns=D:.data,A:.metadata.annotations"}, {"get", "secrets", "-A", "--sort-by", ".data.password", "--show-labels"},
		{"get", "secrets", "-A", "-o", "yaml", "--show-managed-fields"}, {"get", "secrets", "-A", "-o", "wide"}, {"get", "-A", "-o", "json"}, {"get", "secrets", "-A", "--field-selector", guess}, {"get", "secrets", "-A", "--rev", "650", "-o", "json"},
		{"describe", "secrets", "-A"}, {"describe", "secrets", "-A", "-o", "json"}, {"describe", "secret", "db-cred", "-n", "demo", "--rev", "300"}, {"events", "-A", "-o", "json"}, {"log", "secrets", "-A", "--changes"},
		{"log", "-A", "--changes", "-o", "json"}, {"log", "-A", "--filter", "field:.data", "--changes"}, {"trace", "secret", "db-cred", "-n", "demo", "-o", "json"}, {"blame", "secret/db-cred", "-n", "demo"}, {"diff", "secret/db-cred", "-n", "demo"},
		{"diff", "600", "secrets", "-o", "json"}, {"report", "-o", "json"}, {"overview", "-o", "json"}, {"space", "--by", "field", "-o", "json"}, {"rescue", "-n", "demo"}, {"grep", "rotated", "-A", "--history"}, {"grep", "[a-z]", "secrets", "-A", "-E"},
		{"get", "secrets", "-A", "-o", "raw"}, {"get", "secrets", "-A", "-o", "hex"}, {"get", "secrets", "-A", "-o", "fields"}, {"get", "secrets", "-A", "--apply"}, {"api-resources", "-o", "wide"}, {"ls", "-n", "demo", "--bytes"},
	} {
		if out, code := run(t, append(args, "--from", db)...); leaked(out, values) != "" || code > 2 {
			t.Errorf("%v: exit %d, shows %q", args, code, leaked(out, values))
		}
	}
	if out, code := run(t, "get", "secrets", "-A", "--field-selector", guess, "--from", db); code != 1 {
		t.Errorf("a value was guessed: exit %d, %s", code, out)
	}
	if out, _ := run(t, "describe", "secrets", "-A", "--reveal", "--from", db); leaked(out, values) == "" {
		t.Errorf("--reveal shows none of %d values in\n%s", len(values), out)
	}
}
