package open

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/tui/print"
)

// run runs a command against what its flags name, and returns its exit code and what it printed.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = print.Execute(t.Context(), args, strings.NewReader(""), &out, &errs, print.Funcs{
		Open: func(ctx context.Context, o print.OpenOptions) (print.Opened, error) {
			l := o.Live
			src, _, err := Open(ctx, Options{Path: o.Path, Env: noEnv, Live: live.Config{Endpoints: l.Endpoints, CACert: l.CACert, Cert: l.Cert, Key: l.Key,
				User: l.User, Password: l.Password, DialTimeout: l.DialTimeout, CommandTimeout: l.CommandTimeout}})
			return print.Opened{Source: src}, err
		},
	})
	return code, out.String(), errs.String()
}

// TestCommandsSayWhyTheyCannotConnect: every command that reads a cluster ends with 3 and one line where it cannot.
func TestCommandsSayWhyTheyCannotConnect(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lis.Close() })
	go func() {
		for {
			c, err := lis.Accept()
			if err != nil {
				return
			}
			go func() { io.WriteString(c, "SSH-2.0-x\r\n"); io.Copy(io.Discard, c); c.Close() }()
		}
	}()
	ssh := lis.Addr().String()
	for name, c := range map[string]struct {
		flags []string
		says  string
	}{
		"no socket":  {[]string{"--endpoints", dead}, "connect to " + dead + ": there is no such socket; check the path"},
		"not etcd":   {[]string{"--endpoints", ssh}, "connect to " + ssh + ": this is an SSH server, not etcd; check the address"},
		"two causes": {[]string{"--endpoints", dead + "," + ssh}, ssh + ": this is an SSH server, not etcd; " + dead + ": there is no such socket; "},
		"no CA":      {[]string{"--endpoints", "https://" + ssh, "--cacert", "/no/ca.crt"}, "read CA certificate /no/ca.crt: there is no such file; "},
		"bad port":   {[]string{"--endpoints", "h:x"}, `endpoint "h:x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, cmd := range [][]string{{"ls"}, {"get", "pods", "-A"}, {"log", "/registry/a"}, {"report"}, {"log", "--follow"}, {"trace", "pods/a"}, {"blame", "pods/a"}} {
				code, stdout, stderr := run(t, append(cmd, c.flags...)...)
				if code != 3 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "etcdscope: ") || !strings.Contains(stderr, c.says) {
					t.Errorf("%s: exit %d, %q, %q", cmd, code, stdout, stderr)
				}
			}
		})
	}
}

// TestFullDatabaseIsSaid: ls and report print what they found, and say on stderr that etcd takes no more writes.
func TestFullDatabaseIsSaid(t *testing.T) {
	t.Parallel()
	srv := etcdtest.New(t, func(c *embed.Config) { c.QuotaBackendBytes = 4 << 20 })
	value := strings.Repeat("x", 100<<10)
	for n := 0; ; n++ {
		if _, err := srv.Writer().Put(etcdtest.Within(t, 10*time.Second), "/registry/k", value); err != nil {
			break
		}
		if n > 200 {
			t.Fatal("etcd takes all")
		}
	}
	for _, cmd := range []string{"ls", "report"} {
		code, _, stderr := run(t, cmd, "--endpoints", srv.URL)
		if code > 1 || !strings.Contains(stderr, "etcdscope: "+srv.URL+": alarm NOSPACE: no writes until etcd is compacted, defragmented and disarmed\n") {
			t.Errorf("%s: exit %d, %q", cmd, code, stderr)
		}
	}
	if _, _, stderr := run(t, "get", "/registry/k", "--endpoints", srv.URL); strings.Contains(stderr, "NOSPACE") {
		t.Errorf("get says it too: %q", stderr)
	}
}
