package open

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/tui/print"
)

// stateLine is a line of diff, as far as it is looked at here.
type stateLine struct {
	Key, Op string
	Changes []struct {
		Path, Op string
		Old, New any
	}
}

// run runs a command on files and on the running store.
func (r *restored) run(args ...string) (stdout, stderr string, code int) {
	r.t.Helper()
	var out, said strings.Builder
	code = print.Execute(r.t.Context(), append(args, "--endpoints", r.w.Endpoints()[0]), strings.NewReader(""), &out, &said, print.Funcs{
		Open: func(ctx context.Context, o print.OpenOptions) (print.Opened, error) {
			src, _, err := Open(ctx, Options{Path: o.Path, Live: live.Config{Endpoints: o.Live.Endpoints}, Env: func(string) string { return "" }})
			return print.Opened{Source: src}, err
		},
	})
	return out.String(), said.String(), code
}

// ok runs a command that ends well.
func (r *restored) ok(args ...string) string {
	r.t.Helper()
	out, said, code := r.run(args...)
	if code != 0 {
		r.t.Fatalf("%v: exit %d: %s", args, code, said)
	}
	return out
}

// states compares two states of the whole store.
func (r *restored) states(code int, args ...string) (lines []stateLine) {
	r.t.Helper()
	out, said, got := r.run(append([]string{"diff", "-o", "json"}, args...)...)
	if got != code {
		r.t.Fatalf("%v: exit %d: %s", args, got, said)
	}
	for text := range strings.Lines(out) {
		var l stateLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			r.t.Fatalf("%v: %s", err, text)
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b stateLine) int { return strings.Compare(a.Key, b.Key) })
	return lines
}

// TestFileAndLive compares a saved file with the store that it was saved from and that was written since, both ways
// round, and brings back from the file what the store lost.
func TestFileAndLive(t *testing.T) {
	const flags, csa, fresh = "/registry/configmaps/team-a/flags", "/registry/configmaps/team-a/csa", "/registry/configmaps/team-a/fresh"
	etcd := restore(t, realHistory)
	path := etcd.save()
	if lines := etcd.states(0, "--from", path, "--to", "live"); len(lines) != 0 {
		t.Fatalf("just saved, they differ by %+v", lines)
	}
	got, err := etcd.w.Get(t.Context(), flags)
	if err != nil || len(got.Kvs) != 1 {
		t.Fatal(got, err)
	}
	changed := strings.Replace(string(got.Kvs[0].Value), "noop", "oops", 1)
	if _, err := etcd.w.Put(t.Context(), flags, changed); err != nil || changed == string(got.Kvs[0].Value) {
		t.Fatal("the store was not changed: ", err)
	}
	if _, err := etcd.w.Delete(t.Context(), csa); err != nil {
		t.Fatal(err)
	}
	if _, err := etcd.w.Put(t.Context(), fresh, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fresh","namespace":"team-a","uid":"u-fresh"},"data":{"a":"b"}}`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, csa, fresh, old, new string }{
		{path, "live", "removed", "added", "noop", "oops"}, {"live", path, "added", "removed", "oops", "noop"},
	} {
		lines := etcd.states(1, "--from", c.from, "--to", c.to)
		if len(lines) != 3 || lines[0].Key != csa || lines[0].Op != c.csa || lines[1].Key != flags || lines[1].Op != "changed" || lines[2].Key != fresh || lines[2].Op != c.fresh {
			t.Fatalf("from %s to %s: %+v", c.from, c.to, lines)
		}
		if x := lines[1].Changes; len(x) != 1 || x[0].Op != "replace" || x[0].Path != ".data.seq" || !strings.Contains(x[0].Old.(string), c.old) || !strings.Contains(x[0].New.(string), c.new) {
			t.Errorf("from %s to %s: %+v", c.from, c.to, x)
		}
	}
	out, said, code := etcd.run("rescue", csa, flags, "--from", path)
	if code != 0 || !strings.Contains(said, "csa") || !strings.Contains(said, "is not in the live store") || !strings.Contains(said, "flags") {
		t.Fatalf("exit %d, said:\n%s", code, said)
	}
	if whole := etcd.ok("get", csa, flags, "--apply", "--from", path); whole != out {
		t.Errorf("rescue gives\n%s\nget --apply of the same file\n%s", out, whole)
	}
}

// TestAppliedFromLive: what get --apply makes of the running store is what it makes of a file of it, decodes strictly and
// bears nothing of the cluster; so does what was deleted, as of a revision that is still held.
func TestAppliedFromLive(t *testing.T) {
	const flags = "/registry/configmaps/team-a/flags"
	etcd := restore(t, realHistory)
	path := etcd.save()
	applied := func(text string) (c corev1.ConfigMap) {
		t.Helper()
		if err := yaml.UnmarshalStrict([]byte(text), &c); err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		if c.UID != "" || c.ResourceVersion != "" || c.Generation != 0 || len(c.ManagedFields) != 0 || !c.CreationTimestamp.IsZero() {
			t.Errorf("of the cluster it bears %+v", c.ObjectMeta)
		}
		return c
	}
	text := etcd.ok("get", flags, "--apply")
	if d := cmp.Diff(etcd.ok("get", flags, "--apply", "--from", path), text); d != "" {
		t.Errorf("file and live differ: %s", d)
	}
	before := applied(text)
	if len(before.Data) == 0 || before.Name != "flags" || before.Namespace != "team-a" {
		t.Errorf("it is %+v", before)
	}
	gone, err := etcd.w.Delete(t.Context(), flags)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, code := etcd.run("get", flags, "--apply"); code != 1 {
		t.Errorf("of what is not there any more it gives exit %d", code)
	}
	if d := cmp.Diff(before, applied(etcd.ok("get", flags, "--apply", "--rev", strconv.FormatInt(gone.Header.Revision-1, 10)))); d != "" {
		t.Errorf("as of the revision before it was deleted: %s", d)
	}
}
