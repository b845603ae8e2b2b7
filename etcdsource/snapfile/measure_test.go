package snapfile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	bbolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// randomSpec is a store with transactions, deletions, keys that are made again, and perhaps a compaction.
func randomSpec(t *rapid.T) sourcetest.Spec {
	ops := sourcetest.Generate(rapid.Uint64().Draw(t, "seed"))
	ops = ops[:rapid.IntRange(0, len(ops)).Draw(t, "ops")]
	s := sourcetest.Spec{Ops: ops}
	if rapid.Bool().Draw(t, "compacted") {
		s.Compact = rapid.Int64Range(1, s.Head()).Draw(t, "compact")
	}
	return s
}

// counted is what the records of a key take, by a count with bbolt alone.
type counted struct {
	etcdsource.KeySum
	base int64 // bytes of the value at the compaction; -1: not there
}

// bruteForce counts a file with bbolt's cursor and a map of everything.
func bruteForce(t testing.TB, path string, from int64) (keys map[string]*counted, inUse int64) {
	t.Helper()
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	keys = map[string]*counted{}
	err = db.View(func(tx *bbolt.Tx) error {
		inUse = tx.Size() - int64(db.Stats().FreePageN)*int64(db.Info().PageSize)
		return tx.Bucket([]byte("key")).ForEach(func(k, v []byte) error {
			main, _, dead, _ := revision(k)
			r := parseRecord(v)
			c := keys[string(r.key)]
			if c == nil {
				c = &counted{base: -1}
				keys[string(r.key)] = c
			}
			if c.Live {
				c.OldBytes += c.LiveBytes
			}
			c.Live, c.LiveBytes, c.Mod = !dead, int64(len(r.value)), main
			if dead {
				c.Deletions++
			} else {
				c.Versions++
			}
			c.Stored += int64(elementSize + len(k) + len(v))
			if main <= from {
				if c.base = int64(len(r.value)); dead {
					c.base = -1
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys, inUse
}

// liveSizes holds the lengths of the live values against a count of everything.
func liveSizes(t *rapid.T, s *Source, want map[string]*counted) {
	var mu sync.Mutex
	got := map[string]int64{}
	_, err := s.Measure(context.Background(), etcdsource.MeasureOptions{LiveSizes: true, Visit: func(_ int, r *etcdsource.Record) {
		mu.Lock()
		defer mu.Unlock()
		if _, twice := got[string(r.Key)]; twice || !r.Live {
			t.Errorf("%q: live %v, twice %v", r.Key, r.Live, twice)
		}
		got[string(r.Key)] = int64(len(r.Value))
	}})
	if err != nil {
		t.Fatal(err)
	}
	for k, w := range want {
		if n, ok := got[k]; ok != w.Live || ok && n != w.LiveBytes {
			t.Fatalf("%q: %d bytes, live %v, want %+v", k, n, ok, w)
		}
		delete(got, k)
	}
	if len(got) > 0 {
		t.Fatalf("there are no keys %v", got)
	}
}

// TestMeasureEqualsACount holds both ways to measure random stores against a count of everything.
func TestMeasureEqualsACount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		spec := randomSpec(rt)
		path := sourcetest.WriteSpec(t, spec)
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		want, inUse := bruteForce(t, path, max(spec.Compact, 1))
		var got [etcdsource.MeasureWorkers]map[string]*counted
		for w := range got {
			got[w] = map[string]*counted{}
		}
		sum, err := s.Measure(t.Context(), etcdsource.MeasureOptions{Visit: func(w int, r *etcdsource.Record) { take(got[w], r) }})
		if err != nil {
			rt.Fatal(err)
		}
		all := got[0]
		for k, c := range got[1] {
			add(all, k, c)
		}
		if len(all) != len(want) {
			rt.Fatalf("%d keys, want %d", len(all), len(want))
		}
		stored := int64(0)
		for k, w := range want {
			stored += w.Stored
			if g := all[k]; g == nil || g.Live != w.Live || g.Versions != w.Versions || g.Deletions != w.Deletions || w.Live && g.LiveBytes != w.LiveBytes || g.OldBytes != w.OldBytes || g.Stored != w.Stored || g.base != w.base {
				rt.Fatalf("%q: %+v, want %+v", k, g, w)
			}
		}
		if sum.Stored != stored || sum.InUse != inUse || sum.Free != sum.Size-inUse || sum.To != spec.Head() {
			rt.Fatalf("%+v, want %d stored, %d in use", sum, stored, inUse)
		}
		liveSizes(rt, s, want)
		seen := 0
		err = s.MeasureKeys(t.Context(), etcdsource.Prefix(""), true, func(k *etcdsource.KeySum) error {
			seen++
			w := want[string(k.Key)]
			if w == nil || k.Live != w.Live || k.Versions != w.Versions || k.Deletions != w.Deletions || k.Live && k.LiveBytes != w.LiveBytes || k.OldBytes != w.OldBytes || k.Stored != w.Stored || k.Mod != w.Mod {
				return fmt.Errorf("%q: %+v, want %+v", k.Key, k, w)
			}
			return nil
		})
		if err != nil || seen != len(want) {
			rt.Fatalf("%d keys, %v", seen, err)
		}
		err = s.MeasureKeys(t.Context(), etcdsource.Prefix(""), false, func(k *etcdsource.KeySum) error {
			if w := want[string(k.Key)]; k.Live != w.Live || k.Versions != w.Versions || k.Deletions != w.Deletions || k.Mod != w.Mod || k.Stored != 0 {
				return fmt.Errorf("%q: %+v, want %+v", k.Key, k, w)
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		classed(rt, s, want)
	})
}

// classed counts the records of every second key only.
func classed(t *rapid.T, s *Source, want map[string]*counted) {
	var last [etcdsource.MeasureWorkers]string
	var n [etcdsource.MeasureWorkers]int32
	var mu sync.Mutex
	chosen := map[string]int32{}
	var visited [etcdsource.MeasureWorkers]int64
	_, err := s.Measure(context.Background(), etcdsource.MeasureOptions{
		Class: func(worker int, sum *etcdsource.KeySum) int32 {
			k := string(sum.Key)
			if w := want[k]; sum.Versions != w.Versions || sum.Deletions != w.Deletions || sum.Live != w.Live {
				panic(fmt.Sprintf("%+v, want %+v", sum, w))
			}
			if k <= last[worker] && n[worker] > 0 {
				panic(fmt.Sprintf("%q comes after %q", k, last[worker]))
			}
			last[worker] = k
			if n[worker]++; n[worker]%2 == 0 {
				return -1
			}
			mu.Lock()
			defer mu.Unlock()
			chosen[k] = n[worker]*2 + int32(worker)
			return chosen[k]
		},
		Visit: func(w int, r *etcdsource.Record) {
			if visited[w]++; chosen[string(r.Key)] != r.Class {
				panic(fmt.Sprintf("%q is of class %d", r.Key, r.Class))
			}
		},
	})
	records := int64(0)
	for k := range chosen {
		records += want[k].Versions + want[k].Deletions
	}
	if err != nil || visited[0]+visited[1] != records {
		t.Fatalf("%d records of %d, %v", visited, records, err)
	}
}

func take(m map[string]*counted, r *etcdsource.Record) {
	c := &counted{base: -1}
	c.Stored = r.Stored
	switch {
	case r.Deleted:
		c.Deletions = 1
	case r.Live:
		c.Live, c.LiveBytes, c.Versions = true, int64(len(r.Value)), 1
	default:
		c.OldBytes, c.Versions = int64(len(r.Value)), 1
	}
	if r.Base {
		c.base = int64(len(r.Value))
	}
	add(m, string(r.Key), c)
}

func add(m map[string]*counted, key string, c *counted) {
	o := m[key]
	if o == nil {
		m[key] = c
		return
	}
	o.Live, o.LiveBytes = o.Live || c.Live, o.LiveBytes+c.LiveBytes
	o.OldBytes, o.Versions, o.Deletions, o.Stored = o.OldBytes+c.OldBytes, o.Versions+c.Versions, o.Deletions+c.Deletions, o.Stored+c.Stored
	o.base = max(o.base, c.base)
}

// TestMeasureEnds: a context that ends, ends the pass; an error of the visitor is returned; progress reaches its end.
func TestMeasureEnds(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), sourcetest.WriteSnapshot(t, sourcetest.Generate(1)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var done, total int64
	var visits atomic.Int64
	if _, err := s.Measure(t.Context(), etcdsource.MeasureOptions{Visit: func(int, *etcdsource.Record) { visits.Add(1) }, Progress: func(d, n int64) { done, total = d, n }}); err != nil {
		t.Fatal(err)
	}
	if n := int64(s.idx.Records()); done != n || total != n || visits.Load() != n {
		t.Errorf("%d of %d after %d visits, want %d", done, total, visits.Load(), n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Measure(ctx, etcdsource.MeasureOptions{Visit: func(int, *etcdsource.Record) {}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	enough := errors.New("enough")
	if err := s.MeasureKeys(t.Context(), etcdsource.Prefix("/registry/"), true, func(*etcdsource.KeySum) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v, want %v", err, enough)
	}
	s.Close()
	if _, err := s.Measure(t.Context(), etcdsource.MeasureOptions{Visit: func(int, *etcdsource.Record) {}}); !errors.Is(err, errClosed) {
		t.Errorf("%v, want %v", err, errClosed)
	}
}

// TestPacking holds the estimate of a defragmented file against bbolt, which writes one as etcd does.
func TestPacking(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for _, sizes := range [][2]int{{20, 60}, {200, 3000}, {10, 12000}, {3000, 3500}} {
		var ops []sourcetest.Op
		for i := range 3000 {
			ops = append(ops, sourcetest.Op{{Key: fmt.Appendf(nil, "/registry/pods/ns/%d", i%1000), Value: make([]byte, sizes[0]+r.IntN(sizes[1]-sizes[0]))}})
		}
		path := sourcetest.WriteSnapshot(t, ops)
		s, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := s.Measure(t.Context(), etcdsource.MeasureOptions{Visit: func(int, *etcdsource.Record) {}})
		s.Close()
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct{ got, want int64 }{"now": {sum.Packed, defragmented(t, path, 0)}, "after a compaction": {sum.PackedLive, defragmented(t, path, 2001)}} {
			if off := float64(c.got-c.want) / float64(c.want); (off < -0.03 || off > 0.03) && max(c.got-c.want, c.want-c.got) > 4*usualPage {
				t.Errorf("%v, %s: %d bytes, a defragmented file has %d (%.1f %%)", sizes, what, c.got, c.want, off*100)
			}
		}
	}
}

// defragmented writes the records above a revision into a new file, in the way of etcd's defragmentation, and returns its size.
func defragmented(t *testing.T, path string, above int64) (size int64) {
	t.Helper()
	from, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := bbolt.Open(t.TempDir()+"/db", 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	type element struct{ k, v []byte }
	var list []element
	err = from.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("key")).ForEach(func(k, v []byte) error {
			if main, _, _, _ := revision(k); main > above {
				list = append(list, element{slices.Clone(k), slices.Clone(v)})
			}
			return nil
		})
	})
	for batch := range slices.Chunk(list, 10000) {
		err = errors.Join(err, to.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("key"))
			b.FillPercent = 0.9
			for _, e := range batch {
				err = errors.Join(err, b.Put(e.k, e.v))
			}
			return err
		}))
	}
	err = errors.Join(err, to.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }))
	if err != nil {
		t.Fatal(err)
	}
	return size
}
