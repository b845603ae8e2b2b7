package print

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// leased is a source that says of each key which lease it has.
type leased struct {
	*memory
	lease int64
}

func (s leased) Children(ctx context.Context, span etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	seq, err := s.memory.Children(ctx, span, at)
	if err != nil {
		return nil, err
	}
	return func(yield func(etcdsource.Child, error) bool) {
		for c, err := range seq {
			c.Entry.Lease = s.lease
			if !yield(c, err) {
				return
			}
		}
	}, nil
}

// TestListJSON: a folder has a number of keys, a key its revisions and version; its size only where it was asked for, and
// its lease only where the source knows it.
func TestListJSON(t *testing.T) {
	src := file(cluster(), 0)
	list := printed(t, src, 0, "ls", "/registry/")
	if len(list) == 0 {
		t.Fatal("nothing is listed")
	}
	for _, o := range list {
		if got := fieldsOf(o); got != "dir keys name path" || o["dir"] != true || fmt.Sprint(o["path"]) != "/registry/"+fmt.Sprint(o["name"])+"/" {
			t.Errorf("a folder is %v", o)
		}
	}
	if o := list[len(list)-2]; fmt.Sprint(o["name"], o["keys"]) != "pods3" {
		t.Errorf("the last but one is %v", o)
	}
	for _, c := range []struct {
		lease  int64
		args   string
		fields string
		want   string
	}{
		{0, "ls /registry/pods/demo/", "createRevision dir lease modRevision name path version", "map[createRevision:4 dir:false lease:0 modRevision:7 name:nginx path:/registry/pods/demo/nginx version:3]"},
		{7, "ls /registry/pods/demo/", "createRevision dir lease modRevision name path version", "map[createRevision:4 dir:false lease:7 modRevision:7 name:nginx path:/registry/pods/demo/nginx version:3]"},
		{etcdsource.LeaseUnknown, "ls /registry/pods/demo/", "createRevision dir modRevision name path version", "map[createRevision:4 dir:false modRevision:7 name:nginx path:/registry/pods/demo/nginx version:3]"},
	} {
		list := printed(t, leased{src, c.lease}, 0, strings.Fields(c.args)...)
		if len(list) != 2 || fieldsOf(list[0]) != c.fields || fmt.Sprint(list[0]) != c.want {
			t.Errorf("lease %d: %v", c.lease, list)
		}
	}
	want := len(cluster()[5][0].Value)
	if list := printed(t, src, 0, "ls", "/registry/pods/demo/", "--bytes"); fmt.Sprint(list[0]["bytes"]) != fmt.Sprint(want) {
		t.Errorf("%v, want %d bytes", list[0], want)
	}
}

// TestListPlaces: what an argument means: nothing is the top, without a slash it is a key, a folder, or both.
func TestListPlaces(t *testing.T) {
	both := append(cluster(), sourcetest.Put("two", "3"), sourcetest.Put("/single", "4"))
	for _, c := range []struct{ args, want string }{
		{"ls", "/registry/ /single compact_rev_key odd/ two two/"},
		{"ls two", "two two/b"},
		{"ls two/", "two/b"},
		{"ls two --rev 16", "two/a two/b"},
		{"ls two --rev 20", "two two/b"},
		{"ls /registry/pods", "/registry/pods/demo/ /registry/pods/other/"},
		{"ls compact_rev_key", "compact_rev_key"},
		{"ls -n demo", "/registry/pods/demo/nginx /registry/pods/demo/web /registry/secrets/demo/creds"},
		{"ls -n other", "/registry/pods/other/web"},
		{"ls -n demo --rev 10", "/registry/pods/demo/nginx /registry/secrets/demo/creds /registry/shop.example.com/widgets/demo/alpha"},
	} {
		stdout, stderr, code := run(t, file(both, 0), append(strings.Fields(c.args), "-o", "name")...)
		if got := strings.Join(strings.Fields(stdout), " "); code != 0 || got != c.want {
			t.Errorf("%s: exit %d, %q, want %q; it said %q", c.args, code, got, c.want, stderr)
		}
	}
	stdout, _, code := run(t, file(both, 0), "ls", "", "-o", "name")
	if code != 0 || !strings.HasPrefix(stdout, "/registry/\n") {
		t.Errorf("an empty prefix is the top: exit %d, %q", code, stdout)
	}
}

// TestListNothing: an empty answer is a no, which names the place and the revision.
func TestListNothing(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"ls /nothing", "list /nothing: nothing is there"},
		{"ls -n nothing", "list namespace nothing: nothing is there"},
		{"ls two --rev 3", "list two: nothing is there at revision 3"},
		{"ls a\x1b[2J", "list a␛[2J: "},
	} {
		stdout, stderr, code := run(t, file(cluster(), 0), strings.Split(c.args, " ")...)
		if code != exitNo || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit %d, %q, %q", c.args, code, stdout, stderr)
		}
	}
}

// TestListText: a folder has its number in front, a key its revision behind; -o wide adds what etcd keeps of a key.
func TestListText(t *testing.T) {
	src := leased{file(cluster(), 0), 0x2a}
	for _, c := range []struct{ args, want string }{
		{"ls /registry/pods/", "2 /registry/pods/demo/"},
		{"ls /registry/pods/", "1 /registry/pods/other/"},
		{"ls /registry/pods/demo/", "/registry/pods/demo/nginx rev 7"},
		{"ls two/ --bytes", "two/b rev 16 1 bytes"},
		{"ls /registry/pods/demo/ -o wide", "/registry/pods/demo/nginx rev 7 created 4 version 3 lease 2a"},
		{"ls odd/", `odd/\xff␛[31m rev 15`},
	} {
		stdout, _, code := run(t, src, strings.Fields(c.args)...)
		if code != 0 || !has(words(stdout), c.want) {
			t.Errorf("%s: exit %d, no %q in\n%s", c.args, code, c.want, stdout)
		}
	}
	if stdout, _, _ := run(t, leased{file(cluster(), 0), 0}, "ls", "two/", "-o", "wide"); strings.Contains(stdout, "lease") {
		t.Errorf("no lease is printed as one: %s", stdout)
	}
}

// uncounted is a source that cannot count.
type uncounted struct{ *memory }

func (uncounted) Count(context.Context, etcdsource.Span, etcdsource.At) (int64, error) {
	return 0, &etcdsource.Problem{Tried: "count", Why: "it takes too long"}
}

// TestListCounts: a folder whose keys cannot be counted is listed without a number, and so are those beyond a bound, for
// each count is a request.
func TestListCounts(t *testing.T) {
	for _, o := range printed(t, uncounted{file(cluster(), 0)}, 0, "ls", "/registry/") {
		if fieldsOf(o) != "dir name path" {
			t.Errorf("%v", o)
		}
	}
	var ops []sourcetest.Op
	for i := range maxCounts + 5 {
		ops = append(ops, sourcetest.Put(fmt.Sprintf("/app/%04d/x", i), "1"))
	}
	counted := 0
	list := printed(t, file(ops, 0), 0, "ls", "/app/")
	for _, o := range list {
		if _, ok := o["keys"]; ok {
			counted++
		}
	}
	if len(list) != maxCounts+5 || counted != maxCounts {
		t.Errorf("%d folders, of which %d are counted", len(list), counted)
	}
	stdout, _, _ := run(t, uncounted{file(cluster(), 0)}, "ls", "/registry/pods/")
	if stdout != "          /registry/pods/demo/\n          /registry/pods/other/\n" {
		t.Errorf("as text they keep their place: %q", stdout)
	}
}

// refused is a source of which nothing can be listed.
type refused struct{ *memory }

func (refused) Children(context.Context, etcdsource.Span, etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	return func(yield func(etcdsource.Child, error) bool) {
		yield(etcdsource.Child{}, &etcdsource.Problem{Tried: "list the keys", Why: "permission denied"})
	}, nil
}

// TestListFails: an error within the list ends the command with the code of a source.
func TestListFails(t *testing.T) {
	_, stderr, code := run(t, refused{file(cluster(), 0)}, "ls", "/registry/")
	if code != exitSource || stderr != "etcdscope: list the keys: permission denied\n" {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
