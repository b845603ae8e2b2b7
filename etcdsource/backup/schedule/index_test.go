package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestIndexEntries: what is not understood of an index is left alone: an entry that names what was not made here, or that does not have
// a name and a serial number of its own. It stays in the index, and is never removed; an index that is another one is damaged.
func TestIndexEntries(t *testing.T) {
	t.Parallel()
	entry := func(name string, serial int64) Entry {
		return Entry{Name: name, Serial: serial, Kind: Full, Bytes: 1, Tail: strings.Repeat("a", 64), Cluster: "c1", Verdict: verified}
	}
	const first, second, third = "etcd-20260101-000000.db", "etcd-20260101-060000.db", "etcd-20260101-120000.db"
	for name, c := range map[string]struct {
		change func(*index)
		why    string // "": it is good
		left   int    // entries; 0: the index is damaged
	}{
		"as it was written":       {func(*index) {}, "", 0},
		"the same serial twice":   {func(x *index) { x.Entries[1].Serial = 1 }, "entry 1 has no place of its own", 2},
		"the same name twice":     {func(x *index) { x.Entries[1].Name = first }, "entry 1 has no place of its own", 2},
		"no serial":               {func(x *index) { x.Entries[0].Serial = 0 }, "entry 1 has no place of its own", 1},
		"a serial below 0":        {func(x *index) { x.Entries[0].Serial = -1 }, "entry 1 has no place of its own", 1},
		"the largest serial":      {func(x *index) { x.Entries[1].Serial = maxSerial }, "", 0},
		"a larger serial":         {func(x *index) { x.Entries[1].Serial = maxSerial + 1 }, "entry 2 has no place of its own", 1},
		"a count that overflows":  {func(x *index) { x.Serial = maxSerial + 1 }, "it counts up to", 0},
		"a count below 0":         {func(x *index) { x.Serial, x.Entries = -1, nil }, "it counts up to", 0},
		"a file of another's":     {func(x *index) { x.Entries[0].Name = "other.db" }, "entry 1 is none that was made here", 1},
		"a file in another place": {func(x *index) { x.Entries[0].Name = "../" + first }, "entry 1 is none that was made here", 1},
		"a kind to come":          {func(x *index) { x.Entries[1].Kind = "partial" }, "entry 2 is none that was made here", 1},
		"what is no entry":        {func(x *index) { x.strange = []strange{{text: json.RawMessage(`{"name":[1]}`)}} }, "entry 1 cannot be read", 1},
		"another cluster":         {func(x *index) { x.Cluster = "c2" }, "it is that of another cluster", 0},
	} {
		x := &index{Version: indexVersion, Cluster: "c1", Serial: 3, Entries: []Entry{entry(first, 1), entry(second, 2), entry(third, 3)}}
		c.change(x)
		f, err := OpenFolder(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all := len(x.Entries) + len(x.strange)
		written := func(x *index) []byte {
			if err := x.write(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			text, err := f.Index(t.Context(), indexName(x.Cluster))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		got, err := parseIndex(written(x), "c1")
		if c.left == 0 && c.why != "" {
			if !errors.Is(err, errIndex) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%s: %v, want %q", name, err, c.why)
			}
			continue
		}
		if err != nil || got.Serial < 3 || len(got.Entries) != all-c.left || len(got.strange) != c.left || !strings.Contains(got.leftAlone(), c.why) || c.why == "" && got.leftAlone() != "" {
			t.Errorf("%s: %+v, %v, want %q", name, got, err, c.why)
			continue
		}
		for _, e := range Drop(got.Entries, "c1", "", etcdsource.KeepRule{Last: 1}) {
			if !got.lists(e.Name) || e.Serial == got.newest(Full).Serial {
				t.Errorf("%s: %s goes", name, e.Name)
			}
		}
		if again, err := parseIndex(written(got), "c1"); err != nil || len(again.Entries) != len(got.Entries) || len(again.strange) != c.left {
			t.Errorf("%s: written again it is %+v, %v", name, again, err)
		}
	}
	behind := &index{Version: indexVersion, Cluster: "c1", Serial: 1, Entries: []Entry{entry(first, 7)}}
	text, _ := json.Marshal(behind)
	if got, err := parseIndex(text, "c1"); err != nil || got.Serial != 7 {
		t.Errorf("a count behind its entries: %+v, %v", got, err)
	}
}

// TestRetentionGoesOn: where one entry of the index is not understood, the others are still kept by the rule, its file stays, and that is
// said once.
func TestRetentionGoesOn(t *testing.T) {
	t.Parallel()
	w := &world{t: t, rand: rand.New(rand.NewPCG(1, 1)), dir: t.TempDir(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	f, err := OpenFolder(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var said []string
	runs := func(n int) {
		r := &runner{Config: Config{ScheduleOptions: etcdsource.ScheduleOptions{Every: time.Hour, Keep: etcdsource.KeepRule{Last: 1},
			Report: func(e etcdsource.ScheduleEvent) { said = append(said, e.Warning) }}, Shelf: f, now: func() time.Time { return w.now }, save: w.save}}
		r.defaults()
		r.cluster = "c1"
		if err := r.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range n {
			w.now = w.now.Add(time.Hour)
			if err := w.full(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	runs(1)
	text, err := f.Index(t.Context(), "c1.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetIndex(t.Context(), "c1.json", bytes.Replace(text, []byte(`"full"`), []byte(`"half"`), 1)); err != nil {
		t.Fatal(err)
	}
	runs(3)
	runs(1)
	list, _ := filepath.Glob(filepath.Join(w.dir, "*.db"))
	if len(list) != 2 || filepath.Base(list[0]) != "etcd-20260101-010000.db" || filepath.Base(list[1]) != "etcd-20260101-050000.db" {
		t.Errorf("there are %v", list)
	}
	if len(said) != 2 || said[0] != said[1] || !strings.Contains(said[0], "c1.json: entry 1 is none that was made here: it stays") {
		t.Errorf("two processes said %q", said)
	}
}
