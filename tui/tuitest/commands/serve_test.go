package commands_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// cluster is a file with a few objects.
func cluster(t *testing.T) string {
	t.Helper()
	return sourcetest.WriteSnapshot(t, []sourcetest.Op{
		sourcetest.Put("/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`),
		sourcetest.Put("/registry/configmaps/demo/a", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo"},"data":{"x":"1"}}`),
		sourcetest.Put("/registry/configmaps/demo/a", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo"},"data":{"x":"2"}}`),
	})
}

// serving is a running serve: what it printed, and its kubeconfig.
type serving struct {
	Server, Kubeconfig string
	Contexts           []string
	config             string
	said               *bytes.Buffer // on stderr; to be read when it has ended
}

func serve(t *testing.T, args ...string) (*serving, *exec.Cmd) {
	t.Helper()
	return serveIn(t, t.TempDir(), args...)
}

// serveIn does so with a folder for temporary files.
func serveIn(t *testing.T, tmp string, args ...string) (*serving, *exec.Cmd) {
	t.Helper()
	c := exec.Command(program, append([]string{"serve"}, args...)...)
	c.Env = append(os.Environ(), "TMPDIR="+tmp, "XDG_RUNTIME_DIR=")
	s := &serving{said: &bytes.Buffer{}}
	c.Stderr = io.MultiWriter(t.Output(), s.said)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || json.Unmarshal([]byte(line), s) != nil {
		t.Fatalf("it prints %q: %v", line, err)
	}
	b, err := os.ReadFile(s.Kubeconfig)
	info, statErr := os.Stat(s.Kubeconfig)
	if err != nil || statErr != nil || info.Mode() != 0o600 {
		t.Fatalf("kubeconfig: %v, %v", err, info)
	}
	s.config = string(b)
	return s, c
}

// client trusts the authority of the kubeconfig.
func (s *serving) client(t *testing.T) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	ca, err := base64.StdEncoding.DecodeString(regexp.MustCompile(`authority-data: (\S+)`).FindStringSubmatch(s.config)[1])
	if err != nil || !pool.AppendCertsFromPEM(ca) {
		t.Error("no authority")
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
}

// get reads a path, as the kubeconfig says.
func (s *serving) get(t *testing.T, path string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	resp, err := s.open(ctx, t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestServe: it answers at each context, ends with each signal, and leaves nothing behind.
func TestServe(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	db := cluster(t)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		s, c := serve(t, db, "--rev", "3", "--at", "then=2", "--replay", "2", "--speed", "0")
		if got := strings.Join(s.Contexts, " "); got != "now asof then replay" {
			t.Errorf("contexts %s", got)
		}
		for path, want := range map[string]string{"/api/v1/configmaps": `"x":"2"`, "/at/3/api/v1/configmaps": `"x":"1"`, "/at/2/api/v1/configmaps": `"items":[]`, "/at/9/api/v1/configmaps": "Too large", "/replay/api/v1/configmaps": `"items":[]`,
			"/replay/api/v1/configmaps?watch=true&resourceVersion=2&timeoutSeconds=1": `{"type":"MODIFIED"`} {
			if got := s.get(t, path); !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", path, got, want)
			}
		}
		_ = c.Process.Signal(sig)
		_ = c.Wait()
		if _, err := os.Stat(filepath.Dir(s.Kubeconfig)); !os.IsNotExist(err) {
			t.Errorf("after %v: %v", sig, err)
		}
		if code := c.ProcessState.ExitCode(); code != 0 && code != 130 {
			t.Errorf("after %v: exit %d", sig, code)
		}
	}
}

// TestServeLeavesNothing: whatever ends it but SIGKILL leaves no file; what that leaves the next run removes, and not the file
// of one that runs.
func TestServeLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	db, tmp, file := cluster(t), t.TempDir(), filepath.Join(t.TempDir(), "night.yaml")
	left := func() []string {
		list, _ := filepath.Glob(filepath.Join(tmp, "*"))
		return list
	}
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		for _, args := range [][]string{{db}, {db, "--kubeconfig", file}} {
			_, c := serveIn(t, tmp, args...)
			_ = c.Process.Signal(sig)
			_ = c.Wait()
			if _, err := os.Stat(file); len(left()) > 0 || !os.IsNotExist(err) || c.ProcessState.ExitCode() == 0 {
				t.Errorf("after %v: %q, %v, exit %d", sig, left(), err, c.ProcessState.ExitCode())
			}
		}
	}
	_, killed := serveIn(t, tmp, db)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	if len(left()) != 1 {
		t.Fatalf("after a kill: %q", left())
	}
	one, _ := serveIn(t, tmp, db)
	_, two := serveIn(t, tmp, db)
	if list := left(); len(list) != 2 || !strings.Contains(one.get(t, "/healthz"), "ok") {
		t.Errorf("while two run: %q", list)
	}
	if _, err := os.Stat(one.Kubeconfig); err != nil {
		t.Error(err)
	}
	_ = two.Process.Signal(syscall.SIGTERM)
	_ = two.Wait()
	if len(left()) != 1 {
		t.Errorf("while one runs: %q", left())
	}
}

// TestServeLive: now of a running store moves, and asof does not.
func TestServeLive(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	etcd := etcdtest.New(t)
	etcd.Put("/registry/namespaces/demo")
	put := func(x string) {
		_, err := etcd.Writer().Put(etcdtest.Within(t, time.Minute), "/registry/configmaps/demo/a", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo"},"data":{"x":"`+x+`"}}`)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := etcd.Writer().Put(etcdtest.Within(t, time.Minute), "/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`); err != nil {
		t.Fatal(err)
	}
	put("1")
	s, _ := serve(t, "--endpoints", etcd.URL, "--prefix", "/registry")
	if got := s.get(t, "/api/v1/configmaps"); !strings.Contains(got, `"x":"1"`) {
		t.Errorf("now: %s", got)
	}
	put("2")
	for deadline := time.Now().Add(time.Minute); ; {
		got := s.get(t, "/api/v1/configmaps")
		if strings.Contains(got, `"x":"2"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("now stays %s", got)
		}
	}
	var list struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := json.Unmarshal([]byte(s.get(t, "/api/v1/configmaps")), &list); err != nil {
		t.Fatal(err)
	}
	put("3")
	if got := s.get(t, "/api/v1/configmaps?watch=true&timeoutSeconds=3&resourceVersion="+list.Metadata.ResourceVersion); !strings.Contains(got, `"type":"MODIFIED"`) || !strings.Contains(got, `"x":"3"`) {
		t.Errorf("the watch sends %s", got)
	}
	at := regexp.MustCompile(`server: "https://[^/]+(/at/\d+)"`).FindStringSubmatch(s.config)[1]
	if got := s.get(t, at+"/api/v1/configmaps"); !strings.Contains(got, `"x":"1"`) {
		t.Errorf("asof: %s", got)
	}
}

// TestServeRefuses: what is not served, with the exit code and the reason; no file of others is replaced.
func TestServeRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	db, other := cluster(t), filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(other, []byte("apiVersion: v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"--listen 0.0.0.0:0", "for one address", 2}, {"--listen 192.0.2.1:0", "--allow-remote", 2}, {"--listen 192.0.2.1:0 --allow-remote --reveal", "loopback", 2},
		{"--listen x", "address with a port", 2}, {"--speed 3", "--replay", 2}, {"--replay 2 --speed x", "a number from 0.001 to", 2}, {"--replay 2 --speed 1e-9", "a number from 0.001 to", 2}, {"--replay 2 --speed -1", "neither 0", 2},
		{"--kubeconfig " + filepath.Dir(other), "it is a folder", 2}, {"--kubeconfig " + other + ".d/x", "there is no folder", 2}, {"--at x", "NAME=REVISION", 2}, {"--at now=2", "NAME=REVISION", 2}, {"--at a\u00a0b=2", "name of a context", 2}, {"--at a\tb=2", "name of a context", 2}, {"--at ../x=3", "letters, digits, dots", 2},
		{"--rev 0", "a number above 0", 2}, {"--replay 0", "a number above 0", 2}, {"--at x=0", "a number above 0", 2}, {"--rev 99", "has not been written yet", 1}, {"--kubeconfig " + other, "did not write", 2}, {"--from " + db, "names another source", 2}, {"--listen 192.0.2.1:0 --allow-remote", "listen on", 3},
	} {
		_, stderr, code := execute(t, append([]string{"serve", db}, strings.FieldsFunc(c.args, func(r rune) bool { return r == ' ' })...)...)
		if code != c.code || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d, %q", c.args, code, stderr)
		}
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "apiVersion: v1\n" {
		t.Errorf("the file of others: %q, %v", b, err)
	}
}

// TestShell: the shell sees a kubeconfig and a cache of its own, its exit code is returned, and nothing stays.
func TestShell(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	c := exec.CommandContext(etcdtest.Within(t, time.Minute), program, "shell", cluster(t))
	c.Env = append(os.Environ(), "SHELL=/bin/sh")
	c.Stdin = strings.NewReader("echo $KUBECONFIG; echo $KUBECACHEDIR; head -1 $KUBECONFIG; exit 7\n")
	out, _ := c.Output()
	lines := strings.Split(string(out), "\n")
	if c.ProcessState.ExitCode() != 7 || len(lines) < 3 || !strings.HasPrefix(lines[2], "# written by etcdscope") || filepath.Dir(lines[0]) != filepath.Dir(lines[1]) {
		t.Fatalf("exit %d: %q", c.ProcessState.ExitCode(), out)
	}
	if _, err := os.Stat(filepath.Dir(lines[0])); !os.IsNotExist(err) {
		t.Errorf("the folder stays: %v", err)
	}
}

// TestServeChangedConfig: a kubeconfig that a client has changed is removed at the end all the same, and replaced by the next
// run where it stays; one in which there is more is neither, and the program says so.
func TestServeChangedConfig(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	db, file := cluster(t), filepath.Join(t.TempDir(), "night.yaml")
	change := func(s *serving, change func(map[string]any)) []byte {
		var config map[string]any
		if err := yaml.Unmarshal([]byte(s.config), &config); err != nil {
			t.Fatal(err)
		}
		change(config)
		b, err := yaml.Marshal(config) // without the comment, as kubectl writes it
		if err != nil || os.WriteFile(s.Kubeconfig, b, 0o600) != nil {
			t.Fatal(err)
		}
		return b
	}
	namespace := func(config map[string]any) {
		config["contexts"].([]any)[0].(map[string]any)["context"].(map[string]any)["namespace"] = "demo"
	}
	end := func(c *exec.Cmd, sig syscall.Signal) {
		_ = c.Process.Signal(sig)
		_ = c.Wait()
	}
	for _, args := range [][]string{{db}, {db, "--kubeconfig", file}} {
		s, c := serve(t, args...)
		change(s, namespace)
		end(c, syscall.SIGTERM)
		if _, err := os.Stat(s.Kubeconfig); !os.IsNotExist(err) {
			t.Errorf("%v: it stays: %v", args, err)
		}
	}
	s, c := serve(t, db, "--kubeconfig", file)
	changed := change(s, namespace)
	end(c, syscall.SIGKILL)
	if b, err := os.ReadFile(file); err != nil || string(b) != string(changed) {
		t.Fatalf("after a kill: %v", err)
	}
	s, c = serve(t, db, "--kubeconfig", file)
	more := change(s, func(config map[string]any) {
		config["users"] = append(config["users"].([]any), map[string]any{"name": "me", "user": map[string]any{"token": "mine"}})
	})
	end(c, syscall.SIGTERM)
	if b, err := os.ReadFile(file); err != nil || string(b) != string(more) || !strings.Contains(s.said.String(), file+": it holds more than this run wrote") {
		t.Errorf("with a user of others: %v, %q", err, s.said)
	}
	if _, stderr, code := execute(t, "serve", db, "--kubeconfig", file); code != 2 || !strings.Contains(stderr, "did not write") {
		t.Errorf("it replaces a user of others: exit %d, %q", code, stderr)
	}
}
