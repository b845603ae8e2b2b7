package print

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/tui/config"
)

func called(t *testing.T, as string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := Execute(t.Context(), args, strings.NewReader(""), &out, &out, Funcs{
		Called: as, Version: "v1.2.3", Stories: func() []Story { return []Story{{Name: "pod", Title: "The life of a Pod"}} },
		Config: func() (*config.Config, error) {
			return &config.Config{Clusters: map[string]config.Cluster{"prod": {}, "test": {}}}, nil
		},
	})
	return code, out.String()
}

// TestMan writes the manual twice: the pages are the same, so that a package of one version is.
func TestMan(t *testing.T) {
	a, b := t.TempDir(), filepath.Join(t.TempDir(), "new")
	for _, dir := range []string{a, b} {
		if code, out := called(t, "etcdscope", "man", dir); code != 0 {
			t.Fatalf("code %d: %s", code, out)
		}
	}
	pages, _ := filepath.Glob(filepath.Join(a, "etcdscope*.1"))
	if len(pages) < 10 {
		t.Errorf("there are only the pages %v", pages)
	}
	for _, p := range pages {
		one, _ := os.ReadFile(p)
		two, err := os.ReadFile(filepath.Join(b, filepath.Base(p)))
		if err != nil || !bytes.Equal(one, two) || !bytes.Contains(one, []byte("etcdscope v1.2.3")) {
			t.Errorf("%s: %v, or it differs from time to time", p, err)
		}
	}
	if code, _ := called(t, "etcdscope", "man", filepath.Join(pages[0], "below-a-file")); code != 3 {
		t.Errorf("below a file: code %d", code)
	}
}

// TestManFails has a page that cannot be written: the one that was there before stays, and nothing of the new one.
func TestManFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page := filepath.Join(dir, "etcdscope-ls.1")
	if err := errors.Join(os.WriteFile(page, []byte("old"), 0o600), os.Symlink("/dev/full", page+".part")); err != nil {
		t.Fatal(err)
	}
	code, out := called(t, "etcdscope", "man", dir)
	if want := ": no space left on device; free some space, or choose another folder\n"; code != 3 || !strings.HasSuffix(out, want) {
		t.Errorf("code %d: %q, want %q", code, out, want)
	}
	if b, err := os.ReadFile(page); string(b) != "old" {
		t.Errorf("the page is %q now, %v", b, err)
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(parts) > 0 {
		t.Errorf("%v were left", parts)
	}
}

func TestPlugin(t *testing.T) {
	for as, want := range map[string]string{"/usr/local/bin/kubectl-etcdscope": "kubectl etcdscope", "./etcdscope": "etcdscope"} {
		for _, args := range [][]string{{"get", "--help"}, {"snapshot", "save", "--help"}, {"--help"}} {
			_, out := called(t, as, args...)
			if !strings.Contains(out, "Usage:\n  "+want+" ") || strings.Contains(out, "\n  etcdscope ") != (want == "etcdscope") {
				t.Errorf("%s %v says\n%s", as, args, out)
			}
		}
	}
	if code, out := called(t, "kubectl-etcdscope", "ls", "--bogus"); code != 2 || !strings.Contains(out, "see kubectl etcdscope ls --help") {
		t.Errorf("code %d: %s", code, out)
	}
}

func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"get deploy":       "deployments.apps\tDeployment\n",
		"log conf":         "configmaps\tConfigMap\n",
		"get pods x":       ":4\n",
		"--theme cv":       "cvd\n",
		"--name p":         "prod\n",
		"get -o ra":        "raw\n",
		"demo p":           "pod\tThe life of a Pod\n",
		"get pods -n kube": ":4\n", // nothing can be opened here, and nobody hears of it
	} {
		code, out := called(t, "etcdscope", append([]string{"__complete"}, strings.Fields(args)...)...)
		if code != 0 || !strings.HasPrefix(out, want) {
			t.Errorf("%s: code %d, %q, want %q", args, code, out, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if code, out := called(t, "etcdscope", "completion", shell); code != 0 || !strings.Contains(out, "__complete") {
			t.Errorf("%s: code %d", shell, code)
		}
	}
}
