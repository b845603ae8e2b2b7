package live

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestLogFile: the log file is the owner's alone, and one that cannot be written is an error before anything is dialled.
func TestLogFile(t *testing.T) {
	t.Parallel()
	s, path := etcdtest.New(t), filepath.Join(t.TempDir(), "client.log")
	src, err := Open(context.Background(), Config{Endpoints: []string{s.URL}, LogFile: path})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	log, err := src.cfg.logger()
	if err != nil {
		t.Fatal(err)
	}
	log.Info("something")
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), `"msg":"something"`) {
		t.Errorf("%s, %v", b, err)
	}
	for _, bad := range []string{filepath.Join(path, "below"), filepath.Join(t.TempDir(), "none", "x.log"), t.TempDir()} {
		_, err := Open(context.Background(), Config{Endpoints: []string{"127.0.0.1:1"}, LogFile: bad})
		var p *etcdsource.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Tried, "the log file "+bad) || p.Do == "" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
