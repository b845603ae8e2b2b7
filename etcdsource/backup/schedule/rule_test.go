package schedule

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
)

// TestDrop: what the rules keep, newest first.
func TestDrop(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC) // a Monday
	var list []Entry
	for i := range 40 { // two a day
		list = append(list, Entry{Name: fmt.Sprint(i), Kind: Full, Cluster: "a", Verdict: verified, Serial: int64(i + 1), Made: day.Add(time.Duration(i) * 12 * time.Hour)},
			Entry{Name: fmt.Sprint(i, "d"), Kind: Delta, Cluster: "a", Verdict: verified, Serial: int64(1000 + i), Base: int64(i + 1)})
	}
	for _, c := range []struct {
		rule etcdsource.KeepRule
		want string
	}{
		{etcdsource.KeepRule{}, all(40)},
		{etcdsource.KeepRule{Last: 3}, "37 38 39"},
		{etcdsource.KeepRule{Daily: 2}, "37 39"},
		{etcdsource.KeepRule{Last: 1, Daily: 3}, "35 37 39"},
		{etcdsource.KeepRule{Weekly: 3}, "13 27 39"},
		{etcdsource.KeepRule{Last: 2, Daily: 2, Weekly: 2}, "27 37 38 39"},
		{etcdsource.KeepRule{Last: 100}, all(40)},
	} {
		gone := map[string]bool{}
		for _, e := range Drop(list, "a", "", c.rule) {
			gone[e.Name] = true
		}
		var kept []string
		for i := range 40 {
			name := fmt.Sprint(i)
			if gone[name] != gone[name+"d"] && gone[fmt.Sprint(i, "d")] != gone[name] {
				t.Errorf("%+v: of %s and its delta one goes", c.rule, name)
			}
			if !gone[name] {
				kept = append(kept, name)
			}
		}
		if got := strings.Join(kept, " "); got != c.want {
			t.Errorf("%+v keeps %s, want %s", c.rule, got, c.want)
		}
	}
	for i := range list { // the newest two are of a store that was set back to where it was at the 30th
		if e := &list[i]; e.Kind == Full {
			e.Revision = e.Serial
			if e.Serial > 38 {
				e.Revision -= 9
			}
		}
	}
	var left []string
	for _, e := range Drop(list, "a", "", etcdsource.KeepRule{Last: 3}) {
		if e.Kind == Full && e.Serial > 28 {
			left = append(left, e.Name)
		}
	}
	if strings.Join(left, " ") != "28 29 30" {
		t.Errorf("of a store that was set back to revision 31 go %v", left)
	}
	if got := Drop(list, "b", "", etcdsource.KeepRule{Last: 1}); got != nil {
		t.Errorf("of another cluster %v", got)
	}
	if got := Drop(list, "a", "uid", etcdsource.KeepRule{Last: 1}); got != nil {
		t.Errorf("of a copy of the cluster %v", got)
	}
}

// TestDropClocks: where a clock was wrong for a while, ahead or behind, what was made then takes no day or week of the others; and the
// newest one always stays.
func TestDropClocks(t *testing.T) {
	t.Parallel()
	for seed := range 1000 {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		rule := etcdsource.KeepRule{Last: 1, Daily: 1 + r.IntN(4), Weekly: r.IntN(3)}
		off := 400 * 24 * time.Hour
		if seed%2 == 0 {
			off = -off
		}
		var list, right []Entry
		at := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
		for n := 10 + r.IntN(40); len(right) < n; at = at.Add(time.Duration(1+r.IntN(30)) * time.Hour) {
			e := Entry{Kind: Full, Cluster: "a", Verdict: verified, Serial: int64(len(list) + 1), Revision: int64(len(list) + 1), Made: at}
			if wrong := len(right) > 0 && len(right) < n-1 && r.IntN(4) == 0; wrong {
				e.Made = at.Add(off)
			} else {
				right = append(right, e)
			}
			list = append(list, e)
		}
		gone := func(list []Entry) map[int64]bool {
			out := map[int64]bool{}
			for _, e := range Drop(list, "a", "", rule) {
				out[e.Serial] = true
			}
			return out
		}
		want, got := gone(right), gone(list)
		for _, e := range right {
			if got[e.Serial] && !want[e.Serial] {
				t.Fatalf("seed %d: of %+v %d, made at %v, goes because of others with a wrong time", seed, rule, e.Serial, e.Made)
			}
		}
		if got[int64(len(list))] {
			t.Fatalf("seed %d: the newest goes", seed)
		}
		if left := len(list) - len(got); left > 2*(rule.Daily+rule.Weekly)+rule.Last {
			t.Fatalf("seed %d: %+v leaves %d", seed, rule, left)
		}
	}
}

func all(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint(i))
	}
	return strings.Join(names, " ")
}

// world is a folder in which several schedules and others write, at a clock that jumps.
type world struct {
	t       *testing.T
	rand    *rand.Rand
	dir     string
	now     time.Time
	fail    bool
	made    int
	foreign map[string]string // path → content: what must stay
	good    map[string]string // cluster → the newest verified file
	running map[string]bool
	spoiled int // entries of indexes
}

var errDown = &etcdsource.Problem{Tried: "save", Why: "the server is down"}

// save writes a file, or fails half-way.
func (w *world) save(_ context.Context, _ etcdsource.Source, file string) (backup.Result, error) {
	w.made++
	text := fmt.Sprintf("backup %d %s", w.made, strings.Repeat("x", 40+w.rand.IntN(100)))
	if w.fail {
		_ = os.WriteFile(file+".part", []byte(text[:9]), 0o600)
		return backup.Result{}, errDown
	}
	return backup.Result{Revision: int64(w.made), Bytes: int64(len(text))}, os.WriteFile(file, []byte(text), 0o600)
}

// brittle is a folder whose calls fail at random, and which can be killed: then nothing that follows has an effect.
type brittle struct {
	*Folder
	w      *world
	killed int // calls until it is killed; negative: never
}

var errKilled = errors.New("killed")

func (b *brittle) step(may bool) error {
	if b.killed == 0 {
		return errKilled
	}
	b.killed--
	if may && b.w.rand.IntN(12) == 0 {
		return errDown
	}
	return nil
}

func (b *brittle) Put(ctx context.Context, file string, k *etcdsource.Kept) error {
	if err := b.step(true); err != nil {
		return err
	}
	return b.Folder.Put(ctx, file, k)
}

func (b *brittle) Remove(ctx context.Context, k etcdsource.Kept) error {
	if err := b.step(true); err != nil {
		return err
	}
	return b.Folder.Remove(ctx, k)
}

func (b *brittle) SetIndex(ctx context.Context, name string, data []byte) error {
	if err := b.step(true); err != nil {
		return err
	}
	return b.Folder.SetIndex(ctx, name, data)
}

func (b *brittle) Look(ctx context.Context, k etcdsource.Kept) (etcdsource.Presence, error) {
	if err := b.step(false); err != nil {
		return etcdsource.Other, err
	}
	return b.Folder.Look(ctx, k)
}

// run is the life of one process: it starts, makes some backups, and ends or is killed.
func (w *world) run(cluster uint64, rule etcdsource.KeepRule) {
	f, err := OpenFolder(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	f.lazy = true
	shelf := &brittle{f, w, -1}
	if w.rand.IntN(3) == 0 {
		shelf.killed = w.rand.IntN(12)
	}
	r := &runner{Config: Config{ScheduleOptions: etcdsource.ScheduleOptions{Every: time.Hour, Keep: rule}, Shelf: shelf,
		Open: func(context.Context) (etcdsource.Source, error) { return nil, errDown },
		now:  func() time.Time { return w.now }, save: w.save}}
	r.defaults()
	r.cluster = fmt.Sprintf("%016x", cluster)
	ctx := w.t.Context()
	_, release, err := f.Lock(ctx, r.cluster)
	if (err != nil) != w.running[r.cluster] {
		w.t.Fatalf("the lock: %v, running %v", err, w.running)
	}
	if err != nil {
		return
	}
	defer release()
	w.running[r.cluster] = true
	defer func() { w.running[r.cluster] = false }()
	if r.begin(ctx) != nil {
		return
	}
	for range w.rand.IntN(4) + 1 {
		w.event()
		if w.rand.IntN(6) == 0 {
			w.run(cluster, rule) // a second process
		}
		w.fail = w.rand.IntN(5) == 0
		before := len(r.index.Entries)
		err := w.full(r)
		if e := r.index.newest(Full); err == nil && e != nil {
			w.good[r.cluster] = e.Name
		} else if err == nil {
			w.t.Fatalf("a run has succeeded, and of %d entries none is verified", before)
		}
		w.check()
	}
}

// full makes a full snapshot as a runner that is connected does.
func (w *world) full(r *runner) error {
	file := filepath.Join(r.stage, stagePrefix+"full.db")
	os.Remove(file)
	began := r.now()
	res, err := r.save(w.t.Context(), nil, file)
	if err != nil {
		return err
	}
	e, err := r.entry(file, &res, began)
	if err == nil {
		err = r.put(w.t.Context(), file, e, r.fullName)
	}
	if err == nil {
		_, _ = r.prune(w.t.Context())
	}
	return err
}

// event is what happens beside the schedule.
func (w *world) event() {
	w.now = w.now.Add(time.Duration(w.rand.IntN(48)) * time.Hour)
	switch w.rand.IntN(8) {
	case 0:
		w.now = w.now.Add(-time.Duration(w.rand.IntN(4000)) * time.Hour)
	case 1:
		w.now = w.now.Add(time.Duration(w.rand.IntN(4000)) * time.Hour)
	case 2: // what is called like one of ours
		w.put(w.now.UTC().Format("etcd-20060102-150405.db"), "foreign")
	case 3:
		w.put(fmt.Sprintf("notes-%d.txt", w.made), "text")
	case 4:
		w.replace(false)
	case 5:
		w.replace(true)
	case 6:
		w.spoil()
	}
}

// spoil makes an entry of an index one that is not understood: from then on its file must stay.
func (w *world) spoil() {
	list, _ := filepath.Glob(filepath.Join(w.dir, ownFolder, "*"+indexSuffix))
	for _, path := range list {
		cluster := strings.TrimSuffix(filepath.Base(path), indexSuffix)
		if w.running[cluster] || w.rand.IntN(2) == 0 {
			continue // it writes what it has in memory
		}
		data, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		x, err := parseIndex(data, cluster)
		if err != nil || len(x.Entries) < 2 {
			continue
		}
		e := &x.Entries[w.rand.IntN(len(x.Entries)-1)]
		kept := filepath.Join(w.dir, e.Name)
		text, err := os.ReadFile(kept)
		if st, lerr := os.Lstat(kept); err != nil || lerr != nil || !st.Mode().IsRegular() {
			continue
		}
		w.foreign[kept] = string(text)
		e.Kind = "half"
		if data, err = json.Marshal(x); err == nil {
			err = os.WriteFile(path, data, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		w.spoiled++
	}
}

func (w *world) put(name, text string) {
	path := filepath.Join(w.dir, name)
	if f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_, _ = f.WriteString(text)
		f.Close()
		w.foreign[path] = text
	}
}

// replace puts a foreign file, or a link to one, in the place of an old backup.
func (w *world) replace(link bool) {
	list, _ := filepath.Glob(filepath.Join(w.dir, "etcd-*.db"))
	for _, path := range list {
		newest := false
		for _, name := range w.good {
			newest = newest || filepath.Base(path) == name
		}
		if newest || w.foreign[path] != "" {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil || os.Remove(path) != nil {
			w.t.Fatal(err)
		}
		if !link {
			w.put(filepath.Base(path), strings.ToUpper(string(data)))
			return
		}
		outside := filepath.Join(w.t.TempDir(), "outside")
		if err := errors.Join(os.WriteFile(outside, data, 0o600), os.Symlink(outside, path)); err != nil {
			w.t.Fatal(err)
		}
		w.foreign[path], w.foreign[outside] = string(data), string(data)
		return
	}
}

// check looks whether everything is there that must be.
func (w *world) check() {
	for path, text := range w.foreign {
		if data, err := os.ReadFile(path); err != nil || string(data) != text {
			w.t.Fatalf("the foreign file %s: %q, %v", path, data, err)
		}
	}
	for cluster, name := range w.good {
		if st, err := os.Lstat(filepath.Join(w.dir, name)); err != nil || !st.Mode().IsRegular() {
			w.t.Fatalf("the newest verified backup of %s, %s, is gone: %v", cluster, name, err)
		}
	}
}

// quickDir is a new folder, in memory where there is such a place.
func quickDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "schedule")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

var randomSeeds = flag.Int("schedule-seeds", 1000, "random sequences of schedules")

// TestRandomSchedules: whatever happens, only own files go, the newest verified one stays, and two processes never both run.
func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	sequences := *randomSeeds
	if testing.Short() {
		sequences /= 10
	}
	removed, spoiled := 0, 0
	for seed := range sequences {
		r := rand.New(rand.NewPCG(uint64(seed), 20))
		w := &world{t: t, rand: r, dir: quickDir(t), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), foreign: map[string]string{}, good: map[string]string{}, running: map[string]bool{}}
		rule := etcdsource.KeepRule{Last: 1 + r.IntN(3), Daily: r.IntN(3), Weekly: r.IntN(2)}
		for range 6 {
			w.run(uint64(1+r.IntN(2)), rule)
		}
		list, _ := filepath.Glob(filepath.Join(w.dir, "etcd-*.db"))
		removed, spoiled = removed+w.made-len(list), spoiled+w.spoiled
	}
	if removed < sequences {
		t.Errorf("only %d backups were removed", removed)
	}
	if spoiled < sequences/10 {
		t.Errorf("only %d entries were spoiled", spoiled)
	}
}
