package snapfile

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

const pastEnding = "/namespaces/kube-system"

// randomOps adds transactions to a store. Where plain is set, equal writes are likely.
func randomOps(r *rand.Rand, ops []sourcetest.Op, n int, plain bool) []sourcetest.Op {
	live := map[string]bool{}
	for _, op := range ops {
		for _, w := range op {
			live[string(w.Key)] = !w.Delete
		}
	}
	ops = slices.Clone(ops)
	for range n {
		var op sourcetest.Op
		for _, k := range r.Perm(25)[:1+r.IntN(3)] {
			key := fmt.Sprintf("/registry/configmaps/ns/%02d", k)
			if k == 24 && r.IntN(8) == 0 {
				key = "/registry" + pastEnding
			}
			w := sourcetest.Write{Key: []byte(key), Value: make([]byte, 40+r.IntN(200))}
			switch {
			case live[key] && r.IntN(4) == 0:
				w.Value, w.Delete = nil, true
			case plain:
				w.Value = []byte{byte(r.IntN(3))}
			default:
				copy(w.Value, fmt.Sprint(r.Uint64()))
			}
			live[key] = !w.Delete
			op = append(op, w)
		}
		ops = append(ops, op)
	}
	return ops
}

// openedPast is what Open finds of a key.
func openedPast(t *testing.T, path string, key []byte) (head int64, list []etcdsource.Event, system []byte) {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if list, _, err = s.Versions(t.Context(), key, 0, 1<<20); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	if e, found, err := etcdsource.Get(t.Context(), s, []byte("/registry"+pastEnding), 0); err != nil {
		t.Fatal(err)
	} else if found {
		system = e.Value
	}
	return info.Revision, list, system
}

// packedCopy is a file, packed.
func packedCopy(t *testing.T, path string, with func(io.Writer) io.WriteCloser) string {
	t.Helper()
	data, err := os.ReadFile(path)
	to := filepath.Join(t.TempDir(), "packed")
	if err == nil {
		err = os.WriteFile(to, pack(t, data, with), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// TestReadPast: of random stores that are compacted, and set back to an older backup now and then, each snapshot that is read
// behind the one before holds the same of a key as one that is opened as a whole.
func TestReadPast(t *testing.T) {
	t.Parallel()
	followed, whole := 0, 0
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 20))
		plain := seed%3 == 2
		key := []byte(fmt.Sprintf("/registry/configmaps/ns/%02d", r.IntN(24)))
		w := Wanted{Key: key, Ending: []byte(pastEnding)}
		ops := randomOps(r, nil, 100+r.IntN(400), plain)
		compact := int64(0)
		var before *Past
		for n := range 8 {
			if n > 0 && r.IntN(4) == 0 { // set back; in two of three cases what was compacted stays so
				if r.IntN(3) == 0 {
					compact = max(0, compact-int64(r.IntN(150)))
				}
				ops = ops[:max(int(compact), len(ops)-1-r.IntN(200))]
			}
			ops = randomOps(r, ops, 20+r.IntN(150), plain)
			if r.IntN(3) > 0 {
				compact = max(compact, int64(len(ops))-int64(r.IntN(250)))
			}
			path := sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops, Compact: compact})
			from := path
			if r.IntN(3) == 0 {
				from = packedCopy(t, path, []func(io.Writer) io.WriteCloser{gz, zst}[n%2])
			}
			p, ok, err := ReadPast(t.Context(), from, w, before)
			if err != nil || !ok {
				t.Fatalf("seed %d, snapshot %d: %v, %v", seed, n, ok, err)
			}
			if before != nil {
				before.Close()
			}
			before = p
			head, want, system := openedPast(t, path, key)
			got, err := p.Versions(1 << 20)
			if err != nil || p.Head != head || len(want) != len(got) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("seed %d, snapshot %d: revision %d, want %d, %v\nit is %+v\nwant  %+v", seed, n, p.Head, head, err, got, want)
			}
			if v, err := p.Newest(); err != nil || string(v) != string(system) {
				t.Errorf("seed %d, snapshot %d: %q, want %q, %v", seed, n, v, system, err)
			}
			if p.Followed {
				followed++
			} else {
				whole++
			}
		}
		before.Close()
	}
	if followed < 40 || whole < 12 {
		t.Errorf("%d were read behind the one before, %d as a whole", followed, whole)
	}
}

// TestReadPastDamage: what is damaged where it is read is not read, nor is what is no snapshot.
func TestReadPastDamage(t *testing.T) {
	t.Parallel()
	path := sourcetest.WriteSnapshot(t, randomOps(rand.New(rand.NewPCG(1, 1)), nil, 600, false))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := Wanted{Key: []byte("/registry/configmaps/ns/01")}
	read := func() bool {
		p, ok, err := ReadPast(context.Background(), path, w, nil)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			p.Close()
		}
		return ok
	}
	if !read() {
		t.Fatal("the sound one is not read")
	}
	m, err := readMeta(data)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for id := range int(m.pages) {
		bad := slices.Clone(data)
		clear(bad[id*m.pageSize:][:m.pageSize])
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if !read() {
			refused++
		}
	}
	if refused < int(m.pages)/2 {
		t.Errorf("%d of %d damaged pages are noticed", refused, m.pages)
	}
	for name, n := range map[string]int{"half": len(data) / 2, "nothing": 0, "cut": len(data) - 40} {
		if err := os.WriteFile(path, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if read() {
			t.Errorf("%s of it is read", name)
		}
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	packed := packedCopy(t, path, gz)
	if p, ok, err := ReadPast(t.Context(), packed, w, nil); !ok || err != nil {
		t.Error("the packed one is not read", err)
	} else {
		p.Close()
	}
	bad, err := os.ReadFile(packed)
	if err == nil {
		bad[len(bad)/2] ^= 1
		err = os.WriteFile(packed, bad, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := ReadPast(t.Context(), packed, w, nil); ok || err != nil {
		t.Error("a damaged packed one is read", err)
	}
	if _, ok, err := ReadPast(t.Context(), t.TempDir(), w, nil); ok || err != nil {
		t.Error("a folder is read", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok, err := ReadPast(ctx, path, w, nil); ok || err == nil {
		t.Error("it goes on without its context")
	}
}

// TestReadPastLittle: of a key whose record is the one that the snapshot before had, only what follows the compaction is read; of
// one that was written again what was written after that too; and of one that is not there all that is new.
func TestReadPastLittle(t *testing.T) {
	t.Parallel()
	var ops []sourcetest.Op
	put := func(from, to int) {
		for n := from; n < to; n++ {
			ops = append(ops, sourcetest.Op{{Key: fmt.Appendf(nil, "/registry/configmaps/ns/%04d", n), Value: make([]byte, 400)}})
		}
	}
	write := func() string {
		return sourcetest.WriteSpec(t, sourcetest.Spec{Ops: ops, Compact: int64(len(ops) - 10)})
	}
	open := func(path, key string, before *Past) *Past {
		t.Helper()
		p, ok, err := ReadPast(t.Context(), path, Wanted{Key: []byte("/registry/configmaps/ns/" + key)}, before)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		t.Cleanup(func() { p.Close() })
		return p
	}
	put(0, 2000)
	first := write()
	put(1000, 2000)
	put(5, 6)
	put(900, 920)
	second := write()
	for _, c := range []struct {
		key               string
		least, most, held int
	}{{"0001", 1, 5, 1}, {"0005", 2, 10, 1}, {"1990", 2, 15, 1}, {"none", 200, 300, 0}} {
		p := open(second, c.key, open(first, c.key, nil))
		if list, err := p.Versions(10); err != nil || len(list) != c.held || p.Pages < c.least || p.Pages > c.most || !p.Followed {
			t.Errorf("%s: %d versions in %d pages, %v", c.key, len(list), p.Pages, err)
		}
	}
}
