package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func open(t testing.TB, s sourcetest.Spec) etcdsource.Source {
	t.Helper()
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSpec(t, s), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// naive compares two states key by key.
func naive(a, b []etcdsource.Event) (out []string) {
	for len(a)+len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && bytes.Compare(a[0].Key, b[0].Key) < 0:
			out = append(out, fmt.Sprintf("removed %x %x", a[0].Key, a[0].Value))
			a = a[1:]
		case len(a) == 0 || bytes.Compare(a[0].Key, b[0].Key) > 0:
			out = append(out, fmt.Sprintf("added %x %x", b[0].Key, b[0].Value))
			b = b[1:]
		default:
			if !bytes.Equal(a[0].Value, b[0].Value) {
				out = append(out, fmt.Sprintf("changed %x %x %x", a[0].Key, a[0].Value, b[0].Value))
			}
			a, b = a[1:], b[1:]
		}
	}
	return out
}

func differences(t *testing.T, from, to Side, span etcdsource.Span) (out []string) {
	t.Helper()
	span.Limit = 7 // so that pages are turned
	_, err := Each(context.Background(), from, to, span, func(d *Difference) error {
		switch {
		case d.From == nil:
			out = append(out, fmt.Sprintf("added %x %x", d.Key, d.To.Value))
		case d.To == nil:
			out = append(out, fmt.Sprintf("removed %x %x", d.Key, d.From.Value))
		case !bytes.Equal(d.From.Value, d.To.Value): // a value written again is a difference of one source only
			out = append(out, fmt.Sprintf("changed %x %x %x", d.Key, d.From.Value, d.To.Value))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEach(t *testing.T) {
	spec := sourcetest.Spec{Ops: sourcetest.Generate(1)}
	other := sourcetest.Spec{Ops: append(sourcetest.Generate(1)[:120], sourcetest.Generate(2)[120:]...)}
	m, n := sourcetest.NewModel(spec), sourcetest.NewModel(other)
	one, two := open(t, spec), open(t, other)
	found := 0
	for _, prefix := range []string{"", "/registry/", "/registry/pods/ns-1/", "/other/", "/nothing/"} {
		span := etcdsource.Prefix(prefix)
		for _, spare := range []bool{false, true} {
			for rev := int64(2); rev < spec.Head(); rev += 31 {
				want := naive(m.State(span, rev), m.State(span, spec.Head()))
				got := differences(t, Side{one, rev, spare}, Side{one, 0, spare}, span)
				if d := gocmp.Diff(want, got); d != "" {
					t.Fatalf("%q at %d and now, spare %v: %s", prefix, rev, spare, d)
				}
				found += len(want)
			}
			want := naive(m.State(span, spec.Head()), n.State(span, other.Head()))
			got := differences(t, Side{Source: one, Spare: spare}, Side{Source: two, Spare: spare}, span)
			if d := gocmp.Diff(want, got); d != "" {
				t.Fatalf("%q of two files, spare %v: %s", prefix, spare, d)
			}
			found += len(want)
		}
	}
	if found < 100 {
		t.Errorf("only %d differences compared", found)
	}
}

// counting counts the bytes of values that are read.
type counting struct {
	etcdsource.Source
	bytes int
}

func (c *counting) Range(ctx context.Context, s etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	p, err := c.Source.Range(ctx, s, at)
	for _, e := range p.Entries {
		c.bytes += len(e.Value)
	}
	return p, err
}

func TestOneSourceReadsOnlyWhatDiffers(t *testing.T) {
	var ops []sourcetest.Op
	for i := range 100 {
		ops = append(ops, sourcetest.Put(fmt.Sprintf("/k/%03d", i), "0123456789"))
	}
	src := &counting{Source: open(t, sourcetest.Spec{Ops: append(ops, sourcetest.Put("/k/050", "changed"), sourcetest.Delete("/k/051"))})}
	keys, err := Each(context.Background(), Side{Source: src, Revision: 101}, Side{Source: src}, etcdsource.Prefix(""), func(d *Difference) error {
		if d.From == nil || string(d.From.Value) != "0123456789" || d.To != nil && string(d.To.Value) != "changed" {
			t.Errorf("%s: %+v", d.Key, d)
		}
		return nil
	})
	if err != nil || keys != 100 || src.bytes != 27 {
		t.Errorf("%d keys, %d bytes of values read, %v", keys, src.bytes, err)
	}
}

func TestErrorEndsIt(t *testing.T) {
	src := open(t, sourcetest.Spec{Ops: sourcetest.Generate(1)})
	stop, calls := errors.New("stop"), 0
	_, err := Each(context.Background(), Side{Source: src, Revision: 2}, Side{Source: src}, etcdsource.Prefix(""), func(*Difference) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	if _, err := Each(context.Background(), Side{Source: src, Revision: 9999}, Side{Source: src}, etcdsource.Prefix(""), nil); err == nil {
		t.Error("a revision of the future can be compared")
	}
}

// benchKeys is how many keys a benchmark's files hold: ETCDSCOPE_BENCH_KEYS, or some that are soon written.
func benchKeys() int {
	if n, err := strconv.Atoi(os.Getenv("ETCDSCOPE_BENCH_KEYS")); err == nil {
		return n
	}
	return 50_000
}

// BenchmarkTwoFiles is beside its floor, one pass over both files: at most twice as long.
func BenchmarkTwoFiles(b *testing.B) {
	keys := benchKeys()
	spec := func(odd byte) sourcetest.Spec {
		var s sourcetest.Spec
		for turn := range 2 {
			for i := 0; i < keys; i += 100 {
				var op sourcetest.Op
				for j := i; j < i+100; j++ {
					v := bytes.Repeat([]byte{byte(turn), byte(j)}, 150)
					if j%1000 == 0 {
						v[0] = odd
					}
					op = append(op, sourcetest.Write{Key: fmt.Appendf(nil, "/registry/pods/ns-%d/object-%06d", j%50, j), Value: v})
				}
				s.Ops = append(s.Ops, op)
			}
		}
		return s
	}
	one, two := open(b, spec('x')), open(b, spec('y'))
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			for _, src := range []etcdsource.Source{one, two} {
				stream, err := src.Watch(context.Background(), etcdsource.Prefix(""), 1)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = stream.Next(context.Background())
				}
				stream.Close()
			}
		}
	})
	b.Run("compare", func(b *testing.B) {
		for b.Loop() {
			found := 0
			_, err := Each(context.Background(), Side{Source: one}, Side{Source: two}, etcdsource.Prefix(""), func(*Difference) error { found++; return nil })
			if err != nil || found != keys/1000 {
				b.Fatal(found, err)
			}
		}
	})
}

// TestWalkSaysHowFarItIs: progress comes every now and then with the number of keys so far, and a walk that nobody waits
// for ends there, however many keys are left.
func TestWalkSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	var ops []sourcetest.Op
	for i := range 5*reportEvery + 10 {
		ops = append(ops, sourcetest.Put(fmt.Sprintf("/k/%05d", i), "x"))
	}
	src := open(t, sourcetest.Spec{Ops: ops})
	side := Side{Source: src}
	var seen []int64
	keys, err := Walk(t.Context(), side, side, etcdsource.Prefix(""), func(n int64) { seen = append(seen, n) }, nil)
	if want := []int64{reportEvery, 2 * reportEvery, 3 * reportEvery, 4 * reportEvery, 5 * reportEvery}; err != nil || keys != 5*reportEvery+10 || gocmp.Diff(want, seen) != "" {
		t.Errorf("%d keys, progress at %v, %v", keys, seen, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	keys, err = Walk(ctx, side, side, etcdsource.Prefix(""), func(int64) { cancel() }, nil)
	if !errors.Is(err, context.Canceled) || keys > 2*reportEvery {
		t.Errorf("it ends after %d keys with %v", keys, err)
	}
}
