package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

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

// TestMove moves the times of a Pod and nothing else, and refuses what it cannot write again as it was.
func TestMove(t *testing.T) {
	t.Parallel()
	at := func(s string) metav1.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return metav1.NewTime(x)
	}
	pod := func(created, entry, deleted string) *corev1.Pod {
		e, d := at(entry), at(deleted)
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "nginx", CreationTimestamp: at(created), DeletionTimestamp: &d,
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubelet", Time: &e}, {Manager: "other"}}}}
		p.Status.Conditions = []corev1.PodCondition{{Type: "Ready", LastTransitionTime: at(created)}}
		return p
	}
	record := func(kind string, p *corev1.Pod) []byte {
		raw, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		envelope, err := (&runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: "v1", Kind: kind}, Raw: raw}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		b, err := proto.Marshal(&mvccpb.KeyValue{Key: []byte("/registry/pods/demo/nginx"), ModRevision: 7, Lease: 3, Value: append([]byte("k8s\x00"), envelope...)})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	c := &choice{Move: []move{
		{Key: "/registry/pods/demo/other", By: metav1.Duration{Duration: time.Hour}},
		{Key: "/registry/pods/demo/nginx", Before: at("2026-11-22T11:08:00Z").Time, By: metav1.Duration{Duration: 106 * time.Second}},
		{Key: "/registry/pods/demo/nginx", By: metav1.Duration{Duration: 20 * time.Second}},
	}}
	got, err := c.moved(record("Pod", pod("2026-11-22T11:07:05Z", "2026-11-22T11:08:00Z", "2026-11-22T11:09:21Z")))
	if want := record("Pod", pod("2026-11-22T11:08:51Z", "2026-11-22T11:08:20Z", "2026-11-22T11:09:41Z")); err != nil || string(got) != string(want) {
		t.Errorf("%v: %q\nwant %q", err, got, want)
	}
	if _, err := c.moved(record("Node", pod("2026-11-22T11:07:05Z", "2026-11-22T11:08:00Z", "2026-11-22T11:09:21Z"))); err == nil || !strings.Contains(err.Error(), "not a v1 Pod") {
		t.Errorf("a Node: %v", err)
	}
	c.Move = c.Move[:1]
	same := record("Node", pod("2026-11-22T11:07:05Z", "2026-11-22T11:08:00Z", "2026-11-22T11:09:21Z"))
	if got, err := c.moved(same); err != nil || string(got) != string(same) {
		t.Errorf("another key was changed: %v", err)
	}
}
