package auditlog

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// folder writes files of which each was written a minute after the one before it.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, n := range names {
		content := []byte(n + "\n")
		if strings.HasSuffix(n, ".gz") {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write(content)
			z.Close()
			content = b.Bytes()
		}
		at := time.Unix(1e9, 0).Add(time.Duration(i) * time.Minute)
		path := filepath.Join(dir, n)
		if err := errors.Join(os.WriteFile(path, content, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read returns what the files hold that are handed out, and the names of those missed.
func read(t *testing.T, from time.Time, paths ...string) (got, missed string) {
	t.Helper()
	each, err := Open(paths)
	if err != nil {
		t.Fatal(err)
	}
	err = each(t.Context(), from, func(_ string, r io.Reader) error {
		b, err := io.ReadAll(r)
		got += strings.TrimSpace(string(b)) + " "
		return err
	}, func(name string, err error) { missed += filepath.Base(name) + " " + err.Error() })
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(got), missed
}

func TestRotated(t *testing.T) {
	names := []string{"audit-2026-11-20T11-06-45.499.log.gz", "audit-2026-11-21T11-06-45.499.log", "audit.log.3.gz", "audit.log-20261121.gz", "audit.log.1", "audit.log"}
	others := []string{"audit-webhook.log", "audit.log.bak", "kube.log", "audit.yaml", "oauth-audit.log"}
	dir := folder(t, append(names, others...)...)
	if got, missed := read(t, time.Time{}, filepath.Join(dir, "audit.log")); got != strings.Join(names, " ") || missed != "" {
		t.Errorf("read %s, missed %s", got, missed)
	}
	if got, _ := read(t, time.Unix(1e9, 0).Add(4*time.Minute), filepath.Join(dir, "audit.log")); got != "audit.log.1 audit.log" {
		t.Errorf("from the fifth minute on: %s", got)
	}
	if got, _ := read(t, time.Time{}, filepath.Join(dir, "audit.log.3.gz"), filepath.Join(dir, "kube.log"), filepath.Join(dir, "kube.log")); got != "audit.log.3.gz kube.log" {
		t.Errorf("two logs: %s", got)
	}
	t.Chdir(dir)
	if got, _ := read(t, time.Time{}, "audit.log"); len(strings.Fields(got)) != len(names) {
		t.Errorf("from within the folder: %s", got)
	}
}

func TestUnreadable(t *testing.T) {
	dir := folder(t, "audit.log")
	for _, p := range []string{filepath.Join(dir, "none.log"), dir, os.DevNull} {
		_, err := Open([]string{filepath.Join(dir, "audit.log"), p})
		var problem *etcdsource.Problem
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), "read the audit log "+p+": ") {
			t.Errorf("%s: %v", p, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "audit.log.1.gz"), []byte("\x1f\x8b damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, missed := read(t, time.Time{}, filepath.Join(dir, "audit.log")); got != "audit.log" || !strings.HasPrefix(missed, "audit.log.1.gz ") {
		t.Errorf("read %s, missed %s", got, missed)
	}
}

func TestCanceled(t *testing.T) {
	each, err := Open([]string{filepath.Join(folder(t, "audit.log"), "audit.log")})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := each(ctx, time.Time{}, nil, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestUTF16: PowerShell writes what a command prints in UTF-16.
func TestUTF16(t *testing.T) {
	dir, path := t.TempDir(), ""
	for name, b := range map[string][]byte{"le": {0xff, 0xfe, '{', 0, 0xe9, 0}, "be": {0xfe, 0xff, 0, '{', 0, 0xe9}} {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(b)
		z.Close()
		for _, content := range [][]byte{b, packed.Bytes()} {
			path = filepath.Join(dir, name)
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if got, missed := read(t, time.Time{}, path); got != "{é" || missed != "" {
				t.Errorf("%s: read %q, missed %s", name, got, missed)
			}
		}
	}
}

// TestNamedIsRead: a log that was named is read whenever it was written last: exports and copies have any time.
func TestNamedIsRead(t *testing.T) {
	path := filepath.Join(folder(t, "audit.log", "audit.log.1"), "audit.log")
	if got, _ := read(t, time.Now(), path); got != "audit.log" {
		t.Errorf("read %s", got)
	}
}
