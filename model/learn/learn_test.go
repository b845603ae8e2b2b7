package learn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// source is a source in memory that counts what is asked of it, and refuses folders and definitions on demand.
type source struct {
	*tuitest.Memory
	asked   []string
	most    int // entries that were asked for at once
	refused error
}

func (s *source) Children(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	s.asked = append(s.asked, "children "+string(sp.From))
	if s.refused != nil {
		return nil, s.refused
	}
	return s.Memory.Children(ctx, sp, at)
}

func (s *source) Range(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	s.asked, s.most = append(s.asked, "range "+string(sp.From)), max(s.most, sp.Limit)
	if s.refused != nil {
		return etcdsource.Page{}, s.refused
	}
	return s.Memory.Range(ctx, sp, at)
}

func crd(group, plural, kind, short string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"%[2]s.%[1]s"},"spec":{"group":%[1]q,"scope":"Namespaced",
		"names":{"plural":%[2]q,"singular":%[4]q,"kind":%[3]q,"shortNames":[%[5]q]},"versions":[{"name":"v1","served":true,"storage":true}]}}`, group, plural, kind, strings.ToLower(kind), short)
}

// store is a small store of a kind below a root.
func store(kind etcdsource.Kind, root string) *source {
	s := &source{Memory: tuitest.NewMemory(kind, "s")}
	crds := root + "apiextensions.k8s.io/customresourcedefinitions/"
	s.Put(root+"namespaces/demo", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`))
	s.Put(crds+"gone.x.io", crd("x.io", "gone", "Gone", "gn"))
	s.Put(crds+"widgets.x.io", crd("x.io", "widgets", "Wodget", "wd"))
	s.Put(crds+"widgets.x.io", crd("x.io", "widgets", "Widget", "wd"))
	s.Put(crds+"broken.x.io", []byte(`{"spec":7`))
	s.Put(crds+"gone.x.io", nil)
	s.Put("compact_rev_key", []byte("1"))
	return s
}

func from(t *testing.T, s *source, o Options) *Known {
	t.Helper()
	k, err := From(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// knows reports the kinds that some names stand for, "-" where there is none.
func knows(k *Known, names ...string) string {
	var out []string
	for _, n := range names {
		if r, ok := k.Kinds.Find(n); ok {
			out = append(out, r.Kind)
		} else {
			out = append(out, "-")
		}
	}
	return strings.Join(out, " ")
}

func TestRoots(t *testing.T) {
	for root, o := range map[string]Options{"/registry/": {}, "/kubernetes.io/": {}, "/a/b/": {Prefix: "a/b"}} {
		k := from(t, store(etcdsource.KindLive, root), o)
		if k.Root != root || !slices.Equal(k.Roots, []string{root}) {
			t.Errorf("root %s is found as %s, %v", root, k.Root, k.Roots)
		}
		if o := k.Decoder.Object([]byte(root+"secrets/d/s"), []byte("x"), 1); !o.Secret {
			t.Errorf("the decoder does not know the root %s", root)
		}
	}
	foreign := &source{Memory: tuitest.NewMemory(etcdsource.KindLive, "s")}
	foreign.Put("/vault/core", []byte("x"))
	if k := from(t, foreign, Options{}); k.Root != "/registry/" || len(k.Roots) != 0 {
		t.Errorf("a foreign store has the root %q, %v", k.Root, k.Roots)
	}
}

// TestLiveIsSpared checks that definitions of a live store are read only as far as they are needed.
func TestLiveIsSpared(t *testing.T) {
	s := store(etcdsource.KindLive, "/registry/")
	k := from(t, s, Options{})
	if got := knows(k, "po", "widgets.x.io"); got != "Pod -" || k.Whole || slices.Contains(s.asked, "range "+k.crdPrefix()) {
		t.Errorf("at first: %s, whole %t, asked %q", got, k.Whole, s.asked)
	}
	need := func(arg, names, want string, whole bool) {
		t.Helper()
		if err := k.Need(t.Context(), s, arg); err != nil {
			t.Fatal(err)
		}
		if got := knows(k, strings.Fields(names)...); got != want || k.Whole != whole {
			t.Errorf("for %q: %s, whole %t; want %s", arg, got, k.Whole, want)
		}
	}
	n := len(s.asked)
	need("pods/nginx", "po", "Pod", false)
	need("/registry/x.io/widgets/demo/a", "widgets.x.io", "-", false)
	if len(s.asked) != n {
		t.Errorf("asked without need: %q", s.asked[n:])
	}
	need("nothing.x.io", "nothing.x.io", "-", false)
	need("widgets.x.io/a", "widgets.x.io wd gone.x.io", "Widget Widget -", false)
	need("zz", "widgets zz", "Widget -", true)
	n = len(s.asked)
	need("zz", "zz", "-", true)
	if len(s.asked) != n {
		t.Errorf("all were read, and still asked %q", s.asked[n:])
	}
}

// TestCustom checks which sources are read wholly: those of all times, those of now.
func TestCustom(t *testing.T) {
	for kind, want := range map[etcdsource.Kind]string{etcdsource.KindFile: "Widget Gone", etcdsource.KindDemo: "Widget -"} {
		if k := from(t, store(kind, "/registry/"), Options{}); knows(k, "widgets.x.io", "gone.x.io") != want || !k.Whole {
			t.Errorf("%s: %s, whole %t", kind, knows(k, "widgets.x.io", "gone.x.io"), k.Whole)
		}
	}
	k := from(t, store(etcdsource.KindLive, "/registry/"), Options{Custom: true})
	if knows(k, "wd") != "Widget" || !k.Whole {
		t.Errorf("a live store that is asked for: %s, whole %t", knows(k, "wd"), k.Whole)
	}
	o := k.Decoder.Object([]byte("/registry/x.io/widgets/d/a"), []byte(`{"apiVersion":"x.io/v1","kind":"Widget","metadata":{"name":"a"}}`), 1)
	if tree := o.Tree(decode.View{}); tree["kind"] != "Widget" {
		t.Errorf("the decoder makes %v of it", tree)
	}
}

// TestRefused opens a source of which little may be read.
func TestRefused(t *testing.T) {
	denied := errors.New("permission denied")
	s := store(etcdsource.KindLive, "/registry/")
	s.refused = denied
	if _, err := From(t.Context(), s, Options{}); !errors.Is(err, denied) {
		t.Errorf("strict: %v", err)
	}
	k := from(t, s, Options{Lenient: true})
	if !errors.Is(k.Unread, denied) || k.Root != "/registry/" || k.Decoder == nil || k.Whole || knows(k, "po") != "Pod" {
		t.Errorf("lenient: unread %v, root %s", k.Unread, k.Root)
	}
	k = from(t, s, Options{Lenient: true, Prefix: "/own", Custom: true})
	if !errors.Is(k.Unread, denied) || k.Root != "/own/" {
		t.Errorf("with a prefix: unread %v, root %s", k.Unread, k.Root)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := From(ctx, s, Options{Lenient: true}); err == nil {
		t.Error("given up: no error")
	}
	s.Fail(denied)
	if k, err := From(t.Context(), s, Options{Lenient: true}); k != nil || !errors.Is(err, denied) {
		t.Errorf("what cannot even be described: %v %v", k, err)
	}
}

// TestKeyring loads keys: a file that was given must be readable, one that was found need not.
func TestKeyring(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.yaml")
	s := store(etcdsource.KindLive, "/registry/")
	if _, err := From(t.Context(), s, Options{EncryptionConfig: path}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("given: %v", err)
	}
	for file, says := range map[string]string{"/dev/zero": "a device", t.TempDir(): "a directory"} {
		if _, err := From(t.Context(), s, Options{EncryptionConfig: file}); err == nil || !strings.Contains(err.Error(), "read encryption configuration "+file+": it is "+says) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if k := from(t, s, Options{EncryptionConfig: path, Found: true}); !errors.Is(k.NoKeys, os.ErrNotExist) || k.Keyring != nil {
		t.Errorf("found: %v", k.NoKeys)
	}
	if err := os.WriteFile(path, []byte("kind: EncryptionConfiguration\nresources: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k := from(t, s, Options{EncryptionConfig: path}); k.NoKeys != nil || k.Keyring == nil {
		t.Errorf("readable: %v", k.NoKeys)
	}
}
