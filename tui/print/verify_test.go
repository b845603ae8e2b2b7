package print

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// checked is a source with checks of its file.
type checked struct {
	etcdsource.Source
	list    []etcdsource.Check
	version string
}

// Describe says which etcd wrote the file.
func (c checked) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := c.Source.Describe(ctx)
	info.Version = c.version
	return info, err
}

func (c checked) Checks(context.Context) ([]etcdsource.Check, error) { return c.list, nil }

func check(name string, state etcdsource.VerdictState) etcdsource.Check {
	return etcdsource.Check{Name: name, State: state, Proves: "p", Detail: "d\x1b[2J"}
}

func wrote(key, value string) sourcetest.Op {
	return sourcetest.Op{{Key: []byte(key), Value: []byte(value)}}
}

// TestVerdict: the verdict is about the file; what it holds is checked beside it.
func TestVerdict(t *testing.T) {
	pod := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo"}}`
	ops := []sourcetest.Op{wrote("/registry/configmaps/demo/a", pod), wrote("/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`), wrote("/other/x", "\x00\xff")}
	bad := append(ops, wrote("/registry/configmaps/demo/b", "k8s\x00\x0a\xff"))
	sealed := append(ops, wrote("/registry/secrets/demo/s", "k8s:enc:aescbc:v1:k:0123456789abcdef0123456789abcdef"))
	whole := []etcdsource.Check{check("checksum", etcdsource.Passed), check("pages", etcdsource.Passed)}
	for name, c := range map[string]struct {
		ops     []sourcetest.Op
		checks  []etcdsource.Check
		code    int
		verdict string
		values  any
		detail  string
	}{
		"whole":                       {ops, whole, 0, "verified", true, "2 versions"},
		"without a checksum":          {ops, []etcdsource.Check{check("checksum", etcdsource.Unchecked), check("pages", etcdsource.Passed)}, 0, "readable, not verifiable", true, "2 versions"},
		"damaged":                     {ops, []etcdsource.Check{check("checksum", etcdsource.Passed), check("pages", etcdsource.Failed)}, exitNo, "damaged", true, "2 versions"},
		"a WAL that is cut":           {ops, append(whole, check("wal", etcdsource.Failed)), 0, "verified", true, "2 versions"},
		"a value that cannot be read": {bad, whole, 0, "verified", false, "1 key cannot be read, the first /registry/configmaps/demo/b at revision"},
		"an encrypted value":          {sealed, whole, 0, "verified", true, "1 encrypted (aescbc), not decrypted"},
	} {
		list := printed(t, checked{file(c.ops, 0), c.checks, ""}, c.code, "snapshot", "verify", "x.db")
		last := list[len(list)-1]
		if last["verdict"] != c.verdict {
			t.Errorf("%s: %v", name, last)
		}
		for _, l := range list {
			if l["check"] == "values" && (l["ok"] != c.values || !strings.Contains(l["detail"].(string), c.detail)) {
				t.Errorf("%s: %v", name, l)
			}
			if d, _ := l["detail"].(string); strings.ContainsRune(d, 0x1b) {
				t.Errorf("%s: %q", name, d)
			}
		}
	}
}

// TestCountsOfAnotherCluster: the snapshot before in the folder may be of another cluster; one that is named is compared.
func TestCountsOfAnotherCluster(t *testing.T) {
	system := func(uid string, pods int) []sourcetest.Op {
		ops := []sourcetest.Op{wrote("/registry/namespaces/kube-system", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system","uid":"`+uid+`"}}`)}
		for i := range pods {
			ops = append(ops, wrote(fmt.Sprintf("/registry/configmaps/demo/%d", i), `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"demo","name":"`+fmt.Sprint(i)+`"}}`))
		}
		return ops
	}
	now := system("a", 3)
	for range 10 {
		now = append(now, now[1])
	}
	for name, c := range map[string]struct {
		before []sourcetest.Op
		args   string
		ok     any
		detail string
	}{
		"the same":          {system("a", 3), "", true, "4 objects, against "},
		"a drop":            {system("a", 9), "", false, "configmaps 3, were 9"},
		"another":           {system("b", 9), "", nil, "is of another cluster"},
		"not known":         {system("a", 9)[1:], "", nil, "which cluster the snapshot before, old.db, is of cannot be read"},
		"a later one":       {system("a", 30), "", nil, "there is no earlier snapshot"},
		"another, as asked": {system("b", 9), "--previous old.db", false, "configmaps 3, were 9"},
	} {
		funcs := Funcs{Previous: func(context.Context, string, int64) []string { return []string{"old.db"} }}
		funcs.Open = func(_ context.Context, o OpenOptions) (Opened, error) {
			if o.Path == "old.db" {
				return Opened{Source: checked{file(c.before, 0), nil, ""}}, nil
			}
			return Opened{Source: checked{file(now, 0), nil, ""}}, nil
		}
		var stdout bytes.Buffer
		Execute(t.Context(), strings.Fields("snapshot verify x.db -o json "+c.args), strings.NewReader(""), &stdout, io.Discard, funcs)
		for _, l := range objects(t, stdout.String()) {
			if l["check"] == "counts" && (l["ok"] != c.ok || !strings.Contains(l["detail"].(string), c.detail)) {
				t.Errorf("%s: %v", name, l)
			}
		}
	}
}

// TestPartOfAStore: nothing untrue is said of a delta snapshot, which holds changes only, and of a file that is cut.
func TestPartOfAStore(t *testing.T) {
	for name, c := range map[string]struct {
		checks          []etcdsource.Check
		counts, version string
	}{
		"a delta snapshot":   {[]etcdsource.Check{check("checksum", etcdsource.Passed), check("revisions", etcdsource.Passed)}, "it holds changes only", "a delta snapshot does not say it"},
		"a file that is cut": {[]etcdsource.Check{check("checksum", etcdsource.Unchecked), check("pages", etcdsource.Failed)}, "there is no earlier snapshot", "what can be read of the file does not say it"},
	} {
		funcs := Funcs{Previous: func(context.Context, string, int64) []string { return []string{"old.db"} }}
		funcs.Open = func(_ context.Context, o OpenOptions) (Opened, error) {
			if o.Path == "old.db" {
				return Opened{Source: checked{file(cluster(), 0), nil, ""}}, nil
			}
			return Opened{Source: checked{file([]sourcetest.Op{wrote("/registry/configmaps/demo/b", "{}")}, 0), c.checks, ""}}, nil
		}
		var stdout bytes.Buffer
		Execute(t.Context(), strings.Fields("snapshot verify x -o json"), strings.NewReader(""), &stdout, io.Discard, funcs)
		for _, l := range objects(t, stdout.String()) {
			want := map[any]string{"counts": c.counts, "version": c.version}[l["check"]]
			if d, _ := l["detail"].(string); !strings.Contains(d, want) || want != "" && l["ok"] != nil {
				t.Errorf("%s: %v", name, l)
			}
		}
	}
}

// TestVersion: an etcd does not start with what a newer one wrote.
func TestVersion(t *testing.T) {
	src := func() etcdsource.Source {
		return checked{file(cluster(), 0), nil, "3.6.0"}
	}
	for version, want := range map[string]any{"3.5": false, "3.6": true, "v3.7.1": true, "": nil} {
		args := []string{"snapshot", "verify", "x.db"}
		if version != "" {
			args = append(args, "--etcd-version", version)
		}
		for _, l := range printed(t, src(), 0, args...) {
			if l["check"] == "version" && l["ok"] != want {
				t.Errorf("%s: %v", version, l)
			}
		}
	}
	if _, stderr, code := run(t, src(), "snapshot", "verify", "x.db", "--etcd-version", "new"); code != exitUsage || !strings.Contains(stderr, "it is no version") {
		t.Errorf("%d %s", code, stderr)
	}
}

// TestVerifyFolder: of a folder of several backups each is verified, behind a damaged one too, with the checks that are not ok; what is
// no backup is left out, and a folder without one is the error that opening it gives.
func TestVerifyFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	listed := []etcdsource.Backup{{Path: "/b/3.db"}, {Path: "/b/2.db"}, {Path: "/b/1.db"}, {Path: "/b/notes.txt", Foreign: true}, {Path: "/b/Incr", Format: "gardener-delta"}}
	run := func(list []etcdsource.Backup, args string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		funcs := Funcs{List: func(context.Context, string) ([]etcdsource.Backup, error) { return slices.Clone(list), nil }}
		funcs.Open = func(_ context.Context, o OpenOptions) (Opened, error) {
			switch o.Path {
			case dir:
				return Opened{}, errors.New("it is a folder")
			case "/b/1.db":
				return Opened{}, errors.New("permission denied")
			case "/b/2.db":
				return Opened{Source: checked{file(cluster(), 0), []etcdsource.Check{check("checksum", etcdsource.Failed), check("pages", etcdsource.Passed)}, ""}}, nil
			}
			return Opened{Source: checked{file(cluster(), 0), []etcdsource.Check{check("checksum", etcdsource.Passed)}, ""}}, nil
		}
		code = Execute(t.Context(), strings.Fields("snapshot verify "+dir+args), strings.NewReader(""), &stdout, &stderr, funcs)
		return code, stdout.String(), stderr.String()
	}
	code, out, errs := run(listed, "")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != exitNo || len(lines) != 4 || !strings.HasPrefix(lines[0], "/b/3.db: verified, ") || !strings.HasPrefix(lines[1], "/b/2.db: damaged, ") || !strings.HasPrefix(lines[2], "  checksum: ") ||
		lines[3] != "3 backups: 1 damaged, 1 not verified, 1 verified" || !strings.Contains(errs, "permission denied") {
		t.Errorf("%d\n%s\n%s", code, out, errs)
	}
	if code, out, _ := run(listed, " -o json"); code != exitNo || len(objects(t, out)) != 2 {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, _ := run(listed[:1], ""); code != 0 || !strings.HasSuffix(out, "1 backup: 1 verified\n") {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, errs := run(listed[3:], ""); code == 0 || out != "" || !strings.Contains(errs, "it is a folder") {
		t.Errorf("%d\n%s\n%s", code, out, errs)
	}
}
