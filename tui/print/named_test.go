package print

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/config"
)

func TestNamedClusters(t *testing.T) {
	settings := &config.Config{Clusters: map[string]config.Cluster{"prod": {
		Endpoints: []string{"https://10.0.0.5:2379"}, CACert: "/pki/ca.crt", Cert: "/pki/client.crt", Key: "/pki/client.key",
		DialTimeout: 3 * time.Second, EncryptionConfig: "/pki/enc.yaml", AuditLogs: []string{"/logs/audit.log"},
	}}}
	missing := fmt.Errorf("read the configuration /no: there is no such file: %w", fs.ErrNotExist)
	broken := errors.New("read the configuration: line 2: there is no setting thme")
	for _, c := range []struct {
		args      string
		err       error
		endpoint  string
		cert, enc string
		code      int
		says, env string
		settings  *config.Config

		settingsFile string // named by the user
	}{
		{args: "ls --name prod", endpoint: "https://10.0.0.5:2379", cert: "/pki/client.crt", enc: "/pki/enc.yaml", code: 3},
		{args: "snapshot save x.db --name prod --cert mine.crt", endpoint: "https://10.0.0.5:2379", cert: "mine.crt", enc: "/pki/enc.yaml", code: 3},
		{args: "ls --name prod --endpoints http://other:1", endpoint: "http://other:1", code: 3},
		{args: "ls --name prdo", code: 2, says: "did you mean prod?"},
		{args: "snapshot save x.db --name prdo", code: 2, says: "did you mean prod?"},
		{args: "--name prdo", code: 2, says: "did you mean prod?"},
		{args: "ls --name elsewhere", code: 2, says: "there are prod ("},
		{args: "ls --name prdo --endpoints http://other:1", endpoint: "http://other:1", code: 3},
		{args: "ls --name prdo --from x.db", code: 3},
		{args: "ls --name prdo --demo", code: 3},
		{args: "ls --name prdo", env: "http://other:1", code: 2, says: "did you mean prod?"},
		{args: "ls --name prdo --root /", code: 2, says: "did you mean prod?"},
		{args: "ls --name prod --root /", code: 3},
		{args: "ls --name prod", env: "http://other:1", endpoint: "https://10.0.0.5:2379", cert: "/pki/client.crt", enc: "/pki/enc.yaml", code: 3},
		{args: "ls --name prdo", settings: &config.Config{}, code: 3},
		{args: "ls", err: missing, code: 2, says: "there is no such file"},
		{args: "--from x.db", err: missing, code: 2, says: "there is no such file"},
		{args: "ls", err: broken, code: 3, says: "there is no setting thme; the settings are not used"},
		{args: "ls --from x.db", err: broken, settingsFile: "/some/config.yaml", code: 2, says: "there is no setting thme"},
		{args: "ls --name prod", err: broken, code: 2},
		{args: "ls --from prod", endpoint: "https://10.0.0.5:2379", cert: "/pki/client.crt", enc: "/pki/enc.yaml", code: 3},
	} {
		t.Setenv(endpointsEnv, c.env)
		t.Setenv(config.PathEnv, c.settingsFile)
		if c.settings == nil {
			c.settings = settings
		}
		var got OpenOptions
		var stdout, stderr bytes.Buffer
		code := Execute(t.Context(), strings.Fields(c.args), strings.NewReader(""), &stdout, &stderr, Funcs{
			Open: func(_ context.Context, o OpenOptions) (Opened, error) { got = o; return Opened{}, errors.New("closed") },
			Save: func(context.Context, etcdsource.Source, string, bool, func(string, int64, int64)) (Saved, error) {
				return Saved{}, errors.New("nothing to save")
			},
			Config: func() (*config.Config, error) { return c.settings, c.err },
		})
		if ep := strings.Join(got.Live.Endpoints, ","); code != c.code || ep != c.endpoint || got.Live.Cert != c.cert || got.EncryptionConfig != c.enc || (len(got.AuditLogs) == 1) != (c.enc != "") || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%s: code %d, %+v; it said %s", c.args, code, got, stderr.String())
		}
	}
}

// TestFilesWinOverNames opens a file although a cluster has its name.
func TestFilesWinOverNames(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(filepath.Join(".", "prod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{funcs: Funcs{Config: func() (*config.Config, error) {
		return &config.Config{Clusters: map[string]config.Cluster{"prod": {Endpoints: []string{"x"}}}}, nil
	}}}
	if o, err := a.named(OpenOptions{Path: "prod"}); err != nil || o.Path != "prod" {
		t.Errorf("it opens %+v, %v", o, err)
	}
}

func TestHelpSaysHowToChangeKeys(t *testing.T) {
	var stdout bytes.Buffer
	if code := Execute(t.Context(), []string{"help", "keys"}, strings.NewReader(""), &stdout, &stdout, Funcs{}); code != 0 ||
		!strings.Contains(stdout.String(), "older-write        [") {
		t.Errorf("code %d: %s", code, stdout.String())
	}
}
