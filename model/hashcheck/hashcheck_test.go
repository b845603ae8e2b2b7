package hashcheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// write is one write of a key; a value that begins with "-" deletes it.
type write struct{ key, value string }

// fake is a copy in memory, with one write a revision from 2 on.
type fake struct {
	name      string
	state     etcdsource.ReplicaState
	log       []write // index 0 is revision 2
	compacted int64
	alter     map[int64]write // what the copy holds in the place of its log
	reads     []time.Duration // while it is hashed
	err       error           // of HashKV
	hashes    []int64         // revisions that were asked for
	asked     *[]string       // names in the order of HashKV, over all copies
	later     func(f *fake)   // before each HashKV
	salt      string          // of its hashes
	read      int             // keys that were read, with their values or without
}

func (f *fake) at(rev int64) write {
	if w, ok := f.alter[rev]; ok {
		return w
	}
	return f.log[rev-2]
}

func (f *fake) head() int64 { return int64(len(f.log)) + 1 }

func (f *fake) State(context.Context) etcdsource.ReplicaState {
	s := f.state
	s.Name, s.Revision, s.Size = f.name, f.head(), 1000
	if known := s.Compacted; !s.Member {
		s.Compacted = f.compacted
	} else if s.Compacted = -1; known > 0 { // its metrics say it
		s.Compacted = known
	}
	return s
}

// records are what was stored up to a revision: a deletion has no value, and what is not there no key.
func (f *fake) records(rev int64) (out []etcdsource.Entry) {
	live := map[string]etcdsource.Entry{}
	for r := int64(2); r <= rev; r++ {
		w := f.at(r)
		e := etcdsource.Entry{Key: []byte(w.key), Mod: r}
		switch old, ok := live[w.key]; {
		case w.key == "":
		case strings.HasPrefix(w.value, "-"):
			delete(live, w.key)
		default:
			e = etcdsource.Entry{Key: []byte(w.key), Value: []byte(w.value), Create: r, Mod: r, Version: 1, Bytes: int64(len(w.value))}
			if ok {
				e.Create, e.Version = old.Create, old.Version+1
			}
			live[w.key] = e
		}
		out = append(out, e)
	}
	return out
}

// entries are the keys at a revision.
func (f *fake) entries(rev int64) (out []etcdsource.Entry) {
	seen := map[string]bool{"": true}
	list := f.records(rev)
	for _, e := range slices.Backward(list) {
		if !seen[string(e.Key)] && e.Value != nil {
			out = append(out, e)
		}
		seen[string(e.Key)] = true
	}
	slices.SortFunc(out, func(a, b etcdsource.Entry) int { return bytes.Compare(a.Key, b.Key) })
	return out
}

func (f *fake) HashKV(ctx context.Context, rev, compacted int64) (etcdsource.Scan, error) {
	if f.later != nil {
		f.later(f)
	}
	if f.hashes = append(f.hashes, rev); f.asked != nil {
		*f.asked = append(*f.asked, f.name)
	}
	compacted = max(compacted, f.compacted)
	if f.state.Member {
		compacted = f.compacted
	}
	switch {
	case f.err != nil:
		return etcdsource.Scan{}, f.err
	case rev < compacted:
		return etcdsource.Scan{}, &etcdsource.CompactedError{Revision: rev}
	case rev > f.head():
		return etcdsource.Scan{}, &etcdsource.FutureError{Revision: rev}
	}
	sum := crc32.NewIEEE()
	for _, e := range f.entries(rev) {
		if e.Mod <= compacted {
			fmt.Fprintf(sum, "%+v,", e)
		}
	}
	for _, e := range f.records(rev) {
		if e.Mod > compacted && len(e.Key) > 0 {
			fmt.Fprintf(sum, "%+v,", e)
		}
	}
	sum.Write([]byte(f.salt))
	return etcdsource.Scan{KVHash: etcdsource.KVHash{Hash: sum.Sum32(), Revision: rev, Compacted: compacted}, Reads: f.reads}, ctx.Err()
}

func (f *fake) List(ctx context.Context, s etcdsource.Span, rev int64, fn func([]etcdsource.Entry) error) error {
	p, err := f.Page(ctx, s, rev)
	for list := p.Entries; err == nil && len(list) > 0; {
		n := min(3, len(list))
		err, list = fn(list[:n]), list[n:]
	}
	return err
}

func (f *fake) Page(_ context.Context, s etcdsource.Span, rev int64) (p etcdsource.Page, err error) {
	if rev < f.compacted || rev > f.head() {
		return p, &etcdsource.CompactedError{Revision: rev}
	}
	for _, e := range f.entries(rev) {
		if !s.Contains(e.Key) {
			continue
		}
		if s.Limit > 0 && len(p.Entries) == min(s.Limit, 2) {
			p.More = true
			break
		}
		if !s.Values {
			e.Value, e.Lease = nil, etcdsource.LeaseUnknown
		}
		p.Entries = append(p.Entries, e)
	}
	f.read += len(p.Entries)
	return p, nil
}

func (f *fake) Ping(context.Context) (time.Duration, error) { return time.Millisecond, nil }
func (f *fake) Close() error                                { return nil }

// members are n copies of the same 100 writes to 17 keys; the last one is the leader's.
func members(n int) (list []*fake, asked *[]string) {
	asked = new([]string)
	var log []write
	for i := range 100 {
		w := write{fmt.Sprintf("/k%02d", i*7%17), fmt.Sprint("v", i)}
		if i%13 == 5 {
			w.value = "-"
		}
		log = append(log, w)
	}
	for i := range n {
		list = append(list, &fake{name: fmt.Sprintf("m%d", i), log: log, alter: map[int64]write{}, asked: asked, state: etcdsource.ReplicaState{Member: true, Leader: i == 0, Version: "3.6.16"}})
	}
	return list, asked
}

func check(t *testing.T, list []*fake, o Options) *Result {
	t.Helper()
	var copies []etcdsource.Replica
	for _, f := range list {
		copies = append(copies, f)
	}
	if o.Pause == nil {
		o.Pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	r, err := New(t.Context(), copies).Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEqual: each copy is hashed once, at one revision, the leader last, with a pause after each.
func TestEqual(t *testing.T) {
	t.Parallel()
	list, asked := members(3)
	pauses := 0
	r := check(t, list, Options{Pause: func(context.Context, time.Duration) error { pauses++; return nil }, Agree: func(context.Context, Cost) (bool, error) { t.Error("it asks for more"); return true, nil }})
	if r.Verdict != Equal || r.Revision != 101 || r.Scans != 3 || strings.Join(*asked, " ") != "m1 m2 m0" || pauses != 3 || r.Why != "" {
		t.Errorf("%+v, asked %v, %d pauses", r, *asked, pauses)
	}
}

// TestDiffers: whatever one copy holds in another way, at whichever revision, with or without a compaction, is found and named,
// with at most log2 of the window scans of each group.
func TestDiffers(t *testing.T) {
	t.Parallel()
	for _, compacted := range []int64{0, 40} {
		for rev := int64(2); rev <= 101; rev += 3 {
			for _, with := range []string{"other", "-", "gone"} {
				list, _ := members(3)
				for _, f := range list {
					f.compacted = compacted
				}
				was := list[1].at(rev)
				now := write{was.key, with}
				if with == "gone" {
					now.key = ""
				}
				list[1].alter[rev] = now
				got, base := list[1].entries(101), list[2].entries(101)
				visible := fmt.Sprint(got) != fmt.Sprint(base)
				if rev <= compacted && !visible || now == was {
					continue // compacted away, and replaced since: nobody can see it
				}
				r := check(t, list, Options{})
				what := fmt.Sprintf("compacted at %d, revision %d is %q in the place of %q: %s, first %d, older %v, %d scans, keys %+v, %s", compacted, rev, now, was, r.Verdict, r.First, r.Older, r.Scans, r.Keys, r.Why)
				if r.Verdict != Differs || r.Scans > 3+2*steps(101-compacted) {
					t.Fatal(what)
				}
				if rev > compacted+1 && (r.First != rev || r.Older) || rev <= compacted && !r.Older {
					t.Fatal(what)
				}
				if !slices.ContainsFunc(r.Keys, func(d Difference) bool { return string(d.Key) == was.key }) && was.value != "-" && with != "-" {
					t.Fatal(what)
				}
				if r.Sides[0].Group != r.Sides[2].Group || r.Sides[1].Group == r.Sides[0].Group {
					t.Fatal(what)
				}
			}
		}
	}
}

// TestNames: what differs of a key is said, and what each copy holds.
func TestNames(t *testing.T) {
	t.Parallel()
	list, _ := members(3)
	list[0].alter[101] = write{list[0].at(101).key, "other"}
	r := check(t, list, Options{})
	if len(r.Keys) != 1 || fmt.Sprint(r.Keys[0].In) != "[value]" || r.Keys[0].Revision != 101 || len(r.Keys[0].Versions) != 2 || r.Keys[0].Versions[0].Sum == r.Keys[0].Versions[1].Sum {
		t.Errorf("%+v", r.Keys)
	}
	list, _ = members(2)
	for rev := int64(2); rev < 102; rev++ {
		list[1].alter[rev] = write{fmt.Sprintf("/other%03d", rev), "x"}
	}
	if r = check(t, list, Options{}); len(r.Keys) != maxKeys || r.More == 0 || r.First != 2 || fmt.Sprint(r.Keys[0].In) != "[missing]" {
		t.Errorf("%d keys, %d more, first %d", len(r.Keys), r.More, r.First)
	}
}

// TestBadCases: what cannot be compared is unchecked, with its reason; what can be is.
func TestBadCases(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n      int
		change func(list []*fake)
		want   Verdict
		why    string
	}{
		"one copy": {1, func([]*fake) {}, Unchecked, "there is one copy"},
		"one down": {3, func(l []*fake) { l[1].state.Fault = "it does not answer" }, Equal, ""},
		"two down": {3, func(l []*fake) { l[1].state.Fault, l[2].state.Fault = "down", "down" }, Unchecked, "of 3 copies only that of m0 can be read"},
		"denied": {3, func(l []*fake) {
			each3(l, func(f *fake) { f.err = &etcdsource.Problem{Tried: "hash", Why: "root only", Err: etcdsource.ErrDenied} })
		}, Unchecked, "none of the copies can be read; m0: root only"},
		"one a bit behind": {3, func(l []*fake) { l[1].log = l[1].log[:80] }, Equal, ""},
		"far behind":       {3, func(l []*fake) { l[1].log = l[1].log[:20]; l[0].compacted, l[2].compacted = 50, 50 }, Equal, ""},
		"far behind, two":  {2, func(l []*fake) { l[1].log = l[1].log[:20]; l[0].compacted = 50 }, Unchecked, "m1: it ends at revision 21, which m0 has compacted"},
		"compactions":      {3, func(l []*fake) { l[1].compacted = 50 }, Unchecked, "of different compactions, and do not compare: m0 at 0, m1 at 50, m2 at 0; all keys were compared instead, and are equal at revision 101"},
		"compacts a little later": {3, func(l []*fake) {
			each3(l, func(f *fake) { f.compacted = 50 })
			l[2].compacted, l[2].later = 40, func(f *fake) {
				if len(f.hashes) == 1 {
					f.compacted = 50
				}
			}
		}, Equal, ""},
		"compactions, and a key": {3, func(l []*fake) { l[1].compacted = 50; l[1].alter[101] = write{l[0].at(101).key, "x"} }, Differs, "different compactions"},
		"slow":                   {3, func(l []*fake) { l[1].reads = []time.Duration{time.Second} }, Unchecked, "stopped: while m1 was read, a small read of it took 1s, and 1ms before"},
		"slow a little":          {3, func(l []*fake) { l[1].reads = []time.Duration{60e6, 60e6, 1e6, 60e6} }, Equal, ""},
		"slow three times":       {3, func(l []*fake) { l[1].reads = []time.Duration{60e6, 60e6, 60e6} }, Unchecked, "stopped"},
		"slow at the end": {3, func(l []*fake) {
			l[0].reads = []time.Duration{time.Second}
			l[1].alter[50] = write{"/x", "y"}
		}, Differs, "stopped: while m0 was read"},
		"versions": {3, func(l []*fake) {
			l[1].salt, l[1].state.Version, l[1].compacted, l[0].compacted, l[2].compacted = "x", "3.5.15", 9, 9, 9
		}, Unchecked, "etcd up to 3.5.15"},
		"nothing visible": {3, func(l []*fake) { l[1].salt = "x" }, Differs, "no key differs at that revision"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, _ := members(c.n)
			c.change(list)
			r := check(t, list, Options{})
			if r.Verdict != c.want || !strings.Contains(r.Why, c.why) {
				t.Errorf("%s: %s; %+v", r.Verdict, r.Why, r.Sides)
			}
			if r.Verdict == Differs && name != "slow at the end" && name != "nothing visible" && len(r.Keys) == 0 {
				t.Error("no key is named")
			}
		})
	}
}

func each3(list []*fake, f func(*fake)) {
	for _, x := range list {
		f(x)
	}
}

// TestFiles: a file is hashed as if it were compacted as the members are; one that ends before their compaction is left out.
func TestFiles(t *testing.T) {
	t.Parallel()
	list, asked := members(2)
	list[0].compacted, list[1].compacted = 50, 50
	file := &fake{name: "a.db", log: list[0].log[:70], alter: map[int64]write{}, asked: asked}
	if r := check(t, append(list, file), Options{}); r.Verdict != Equal || r.Revision != 71 || r.Compacted != 50 || strings.Join(*asked, " ") != "m1 m0 a.db" {
		t.Errorf("%+v, %v", r, *asked)
	}
	file.log = list[0].log[:30]
	if r := check(t, []*fake{list[0], file}, Options{}); r.Verdict != Unchecked || !strings.Contains(r.Why, "a.db") {
		t.Errorf("%+v", r)
	}
	other := &fake{name: "b.db", log: list[0].log[:60], alter: map[int64]write{20: {"/k", "x"}}, compacted: 0}
	if r := check(t, []*fake{file, other}, Options{}); r.Verdict != Differs || r.First != 20 || r.Revision != 31 {
		t.Errorf("%+v", r)
	}
	old := &fake{name: "c.db", log: list[0].log[:10]}
	newer := &fake{name: "d.db", log: list[0].log[:60], compacted: 30}
	if r := check(t, []*fake{old, newer}, Options{}); r.Verdict != Unchecked || !strings.Contains(r.Sides[0].Fault, "it ends at revision 11, and others are compacted at 30") || !strings.Contains(r.Why, "both c.db and d.db; their keys were compared instead") {
		t.Errorf("%+v", r)
	}
}

// TestEarlier: a file that ends before a member's compaction is compared key by key: what was changed since is no difference, and what
// both say of the time before is.
func TestEarlier(t *testing.T) {
	t.Parallel()
	end := 30
	for name, c := range map[string]struct {
		alter map[int64]write
		want  string // keys that contradict, and in what
	}{
		"none":                    {nil, ""},
		"another value":           {map[int64]write{31: {"/k16", "other"}}, "/k16:value"}, // written last at 31 in both
		"a key that was not kept": {map[int64]write{15: {"", ""}}, "/k06:missing"},        // written once,
	} {
		list, _ := members(2)
		for _, m := range list {
			m.log = slices.Clone(m.log)[:60]
			for i := range m.log[30:] { // some keys stay as they were
				m.log[30+i].key = fmt.Sprintf("/k%02d", i%7+20*(i%2))
				m.log[30+i].value = strings.TrimPrefix(m.log[30+i].value, "-") + "w"
			}
			m.log[30] = write{"/k09", "-"}
			m.compacted = 50
		}
		file := &fake{name: "a.db", log: list[0].log[:end], alter: c.alter}
		asked := 0
		for _, copies := range [][]*fake{{list[1], file}, {list[0], list[1], file}} {
			r := check(t, copies, Options{Agree: func(_ context.Context, c Cost) (bool, error) { asked++; return c.Scans == 0 && c.Keys == 2, nil }})
			if len(r.Earlier) != 1 {
				t.Fatalf("%s: %+v", name, r)
			}
			e := &r.Earlier[0]
			was, now := file.entries(int64(end+1)), list[0].entries(61)
			same, written, created, deleted := 0, 0, 0, 0
			each(was, now, func(a, b *etcdsource.Entry) {
				switch {
				case b == nil:
					deleted++
				case a == nil && b.Create > 31:
					created++
				case a != nil && a.Mod < b.Mod:
					written++
				case a != nil && string(a.Value) == string(b.Value):
					same++
				}
			})
			var got []string
			for _, k := range e.Keys {
				got = append(got, string(k.Key)+":"+strings.Join(k.In, ","))
			}
			verdict := map[bool]Verdict{true: Equal, false: Unchecked}[len(copies) > 2]
			if c.want != "" {
				verdict = Differs
			}
			if r.Verdict != verdict || strings.Join(got, " ") != c.want || e.Side.State.Name != "a.db" || e.At != 61 || e.Same != same || e.Written != written || e.Created != created || e.Deleted != deleted || same*written*created*deleted == 0 || e.Why != "" {
				t.Errorf("%s: %s %q, %+v; want %d the same, %d written, %d created, %d deleted; %s", name, r.Verdict, got, e, same, written, created, deleted, r.Why)
			}
		}
		if asked != 2 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

// TestAgreement: more than one scan of each copy is done only where that was agreed to.
func TestAgreement(t *testing.T) {
	t.Parallel()
	list, _ := members(3)
	list[1].alter[50] = write{"/x", "y"}
	var cost Cost
	r := check(t, list, Options{Agree: func(_ context.Context, c Cost) (bool, error) { cost = c; return false, nil }})
	if r.Verdict != Differs || r.First != 0 || len(r.Keys) != 0 || r.Scans != 3 || cost.Copies != 2 || cost.Scans != 7 || cost.Keys != 4 || cost.Total() != 22000 {
		t.Errorf("%+v, %+v", r, cost)
	}
	want := errors.New("no")
	_, err := New(t.Context(), []etcdsource.Replica{list[0], list[1]}).Run(t.Context(), Options{Pause: func(context.Context, time.Duration) error { return nil }, Agree: func(context.Context, Cost) (bool, error) { return false, want }})
	if !errors.Is(err, want) {
		t.Error(err)
	}
}

// TestCancel: the end of the context ends it at once.
func TestCancel(t *testing.T) {
	t.Parallel()
	list, _ := members(3)
	ctx, cancel := context.WithCancel(t.Context())
	list[2].later = func(*fake) { cancel() }
	if _, err := New(ctx, []etcdsource.Replica{list[0], list[1], list[2]}).Run(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// logOf is a log that says what a copy holds.
type logOf struct {
	*fake
	err    error
	agreed *int64
}

func (l logOf) Logged(_ context.Context, keys [][]byte, agreed, rev int64) (out []etcdsource.LoggedVersion, err error) {
	if l.agreed != nil {
		*l.agreed = agreed
	}
	for _, k := range keys {
		v := etcdsource.LoggedVersion{Known: true, Entry: etcdsource.Entry{Key: k}}
		for _, e := range l.entries(rev) {
			if bytes.Equal(e.Key, k) {
				v.Present, v.Entry = true, e
			}
		}
		out = append(out, v)
	}
	return out, l.err
}

// TestArbiter: the first log that can be replayed says which copies are right.
func TestArbiter(t *testing.T) {
	t.Parallel()
	list, _ := members(3)
	good, _ := members(1)
	list[2].alter[60] = write{"/x", "y"}
	agreed := int64(0)
	r := check(t, list, Options{Logs: func(context.Context) []etcdsource.LogReader {
		return []etcdsource.LogReader{logOf{fake: good[0], err: errors.New("cut")}, logOf{fake: good[0], agreed: &agreed}}
	}})
	if r.Sides[0].Right != Right || r.Sides[1].Right != Right || r.Sides[2].Right != Wrong || agreed != 59 || r.Why != "" {
		t.Errorf("%v %v %v, agreed on %d, %s", r.Sides[0].Right, r.Sides[1].Right, r.Sides[2].Right, agreed, r.Why)
	}
	r = check(t, list, Options{Logs: func(context.Context) []etcdsource.LogReader {
		return []etcdsource.LogReader{logOf{fake: good[0], err: errors.New("cut")}}
	}})
	if r.Sides[0].Right != NotKnown || !strings.Contains(r.Why, "no write-ahead log says which copy is right: cut") {
		t.Errorf("%+v", r)
	}
	r = check(t, list, Options{Logs: func(context.Context) []etcdsource.LogReader {
		return []etcdsource.LogReader{logOf{fake: good[0], err: &etcdsource.Problem{Why: "replayed", Err: &etcdsource.LogStartError{Base: 1, At: 3}}}}
	}})
	if !strings.Contains(r.Why, "it begins after a restore") || !strings.Contains(r.Why, "etcdscope health --hash BACKUP MEMBERDIR") || strings.Contains(r.Why, "replayed") {
		t.Errorf("after a restore: %s", r.Why)
	}
}
