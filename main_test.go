package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const module = "github.com/etcdscope/etcdscope"

// allowed says, for each folder, which other packages of ours its packages may reach, directly or not. A package is
// judged by the longest folder that holds it, and may always reach its own folder.
var allowed = map[string][]string{
	"etcdsource":               {},
	"etcdsource/index":         {"etcdsource"},
	"etcdsource/regular":       {},
	"etcdsource/auditlog":      {"etcdsource", "etcdsource/regular"},
	"etcdsource/live":          {"etcdsource", "etcdsource/index", "etcdsource/regular"},
	"etcdsource/live/discover": {"etcdsource/regular"},
	"etcdsource/snapfile":      {"etcdsource", "etcdsource/index"},
	"etcdsource/sourcetest":    {"etcdsource"},
	"etcdsource/etcdtest":      {"etcdsource", "etcdsource/sourcetest"},
	"etcdsource/backup":        {"etcdsource", "etcdsource/index", "etcdsource/snapfile"},
	"etcdsource/demo":          {"etcdsource", "etcdsource/index", "etcdsource/snapfile", "etcdsource/live", "etcdsource/regular"},
	"etcdsource/recall":        {"etcdsource", "etcdsource/index", "etcdsource/snapfile", "etcdsource/live", "etcdsource/regular"},
	"etcdsource/open":          {"etcdsource"}, // and everything below it
	"decode":                   {},
	"model":                    {"etcdsource", "etcdsource/regular", "decode"},
	"keymap":                   {},
	"tui":                      {"etcdsource", "etcdsource/regular", "decode", "model", "keymap"},
}

// exact folders are allowed alone, without what is below them.
var exact = map[string]bool{"etcdsource": true}

func ours(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{range .Imports}}{{.}} {{end}}`, pattern).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		for _, i := range strings.Fields(imports) {
			if strings.HasPrefix(i, module+"/") {
				deps[strings.TrimPrefix(name, module+"/")] = append(deps[strings.TrimPrefix(name, module+"/")], strings.TrimPrefix(i, module+"/"))
			}
		}
	}
	return deps
}

func within(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func mayReach(pkg, dep string) bool {
	folder := ""
	for f := range allowed {
		if within(pkg, f) && len(f) > len(folder) {
			folder = f
		}
	}
	if folder == "" || within(dep, folder) && !exact[folder] {
		return true
	}
	if folder == "etcdsource/open" {
		return within(dep, "etcdsource")
	}
	for _, a := range allowed[folder] {
		if dep == a || within(dep, a) && !exact[a] {
			return true
		}
	}
	return false
}

// TestArrowsPointDown checks that no package imports one that stands above it.
func TestArrowsPointDown(t *testing.T) {
	deps := ours(t, "./...")
	if len(deps) < 5 {
		t.Fatalf("go list found only %d packages that import one of ours", len(deps))
	}
	for pkg, imports := range deps {
		if !strings.Contains(pkg, "/") && pkg == module {
			continue
		}
		for _, dep := range imports {
			if !mayReach(pkg, dep) {
				t.Errorf("%s imports %s, which stands above or beside it", pkg, dep)
			}
		}
	}
}

// TestPanesStandAlone checks that no pane imports another one.
func TestPanesStandAlone(t *testing.T) {
	panes := []string{"tui/keytree", "tui/object", "tui/table", "tui/timeline", "tui/snapshots", "tui/story", "tui/diffview", "tui/differences", "tui/sequence", "tui/report"}
	deps := ours(t, "./tui/...")
	for _, p := range panes {
		for _, dep := range deps[p] {
			for _, q := range panes {
				if dep == q {
					t.Errorf("pane %s imports pane %s", p, q)
				}
			}
		}
	}
}

// TestNoKindsAboveSources checks that no package above etcdsource decides by the kind of a source: Info has what it
// could want to know.
func TestNoKindsAboveSources(t *testing.T) {
	kind := regexp.MustCompile(`\betcdsource\.Kind[A-Z]`)
	for _, dir := range []string{"decode", "model", "tui"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || within(filepath.ToSlash(filepath.Dir(path)), "tui/tuitest") {
				return err
			}
			b, err := os.ReadFile(path)
			if m := kind.Find(b); m != nil {
				t.Errorf("%s asks for %s", path, m)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestScreensLinkNoServer checks that what draws can be tested without an etcd server or client being linked.
func TestScreensLinkNoServer(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./model/...", "./decode/...", "./tui/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if p := strings.TrimSpace(line); strings.HasPrefix(p, "go.etcd.io/") || p == "google.golang.org/grpc" {
			t.Errorf("model, decode or tui links %s", p)
		}
	}
}
