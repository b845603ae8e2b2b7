package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// folder makes a story's folder.
func folder(t *testing.T, cut, story string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"cut.yaml": cut, "story.yaml": story} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// changes are all that a snapshot file holds.
func changes(t *testing.T, path string) (all []etcdsource.Event) {
	t.Helper()
	src, err := snapfile.Open(t.Context(), path, snapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	stream, err := src.Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	for {
		b, err := stream.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Events...)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	snapshot := sourcetest.WriteSnapshot(t, sourcetest.Generate(4))
	whole := changes(t, snapshot)
	last := whole[len(whole)-1]
	dir := folder(t, "until: 100\nkeep: ['/registry/pods/*', '/registry/secrets/ns-1/*']\ndrop: ['*/name-1']",
		fmt.Sprintf("name: x\nsteps: [{refused: true}, {revision: %d}]", last.Mod))
	if err := run(dir, snapshot); err != nil {
		t.Fatal(err)
	}
	var want []etcdsource.Event
	for _, e := range whole {
		k := string(e.Key)
		seed := e.Mod <= 100 && !strings.HasSuffix(k, "/name-1") &&
			(strings.HasPrefix(k, "/registry/pods/") || strings.HasPrefix(k, "/registry/secrets/ns-1/"))
		if seed || e.Mod == last.Mod {
			want = append(want, e)
		}
	}
	got := changes(t, filepath.Join(dir, "cut.db.zst"))
	if len(want) < 10 || len(got) != len(want) {
		t.Fatalf("%d changes, want %d", len(got), len(want))
	}
	for i, e := range got {
		if w := want[i]; string(e.Key) != string(w.Key) || string(e.Value) != string(w.Value) || e.Mod != w.Mod || e.Version != w.Version || e.Type != w.Type {
			t.Errorf("change %d is %s of %q at %d, want %s of %q at %d", i, e.Type, e.Key, e.Mod, w.Type, w.Key, w.Mod)
		}
	}
}

func TestCutWithoutItsStep(t *testing.T) {
	t.Parallel()
	dir := folder(t, "until: 100\nkeep: ['*']", "steps: [{revision: 5}, {revision: 999999}]")
	err := run(dir, sourcetest.WriteSnapshot(t, sourcetest.Generate(4)))
	if err == nil || !strings.Contains(err.Error(), "revision 999999 ") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "cut.db.zst")); err == nil {
		t.Error("a cut was written all the same")
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		list []string
		key  string
		want bool
	}{
		{nil, "", false},
		{nil, "/a", false},
		{[]string{"/a/*"}, "/a/b/c", true},
		{[]string{"/a/*"}, "/a", false},
		{[]string{"/a.b"}, "/axb", false},
		{[]string{"/x", "/*/b"}, "/a/b", true},
		{[]string{"/a*"}, "/a\n\xff", true},
		{[]string{"/a"}, "/ab", false},
	} {
		if got := patterns(tc.list).MatchString(tc.key); got != tc.want {
			t.Errorf("%q on %q: %v", tc.list, tc.key, got)
		}
	}
}
