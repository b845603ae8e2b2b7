package schedule

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// TestIndexIsAsItWasWritten: an index with which the wrong backup could be removed is damaged: one whose entries do not each have a
// name and a serial number of their own, or names what was not made here.
func TestIndexIsAsItWasWritten(t *testing.T) {
	t.Parallel()
	entry := func(name string, serial int64) Entry {
		return Entry{Name: name, Serial: serial, Kind: Full, Bytes: 1, Tail: strings.Repeat("a", 64)}
	}
	const first, second = "etcd-20260101-000000.db", "etcd-20260101-060000.db"
	for name, c := range map[string]struct {
		change func(*index)
		why    string // "": it is good
	}{
		"as it was written":       {func(*index) {}, ""},
		"the same serial twice":   {func(x *index) { x.Entries[1].Serial = 1 }, "entry 2 has no place of its own"},
		"the same name twice":     {func(x *index) { x.Entries[1].Name = first }, "entry 2 has no place of its own"},
		"no serial":               {func(x *index) { x.Entries[0].Serial = 0 }, "entry 1 has no place of its own"},
		"a serial below 0":        {func(x *index) { x.Entries[0].Serial = -1 }, "entry 1 has no place of its own"},
		"the largest serial":      {func(x *index) { x.Entries[1].Serial = maxSerial }, ""},
		"a larger serial":         {func(x *index) { x.Entries[1].Serial = maxSerial + 1 }, "entry 2 has no place of its own"},
		"a count that overflows":  {func(x *index) { x.Serial = maxSerial + 1 }, "it counts up to"},
		"a count below 0":         {func(x *index) { x.Serial, x.Entries = -1, nil }, "it counts up to"},
		"a file of another's":     {func(x *index) { x.Entries[0].Name = "other.db" }, "entry 1 is none that was made here"},
		"a file in another place": {func(x *index) { x.Entries[0].Name = "../" + first }, "entry 1 is none that was made here"},
		"another cluster":         {func(x *index) { x.Cluster = "c2" }, "it is that of another cluster"},
	} {
		x := &index{Version: indexVersion, Cluster: "c1", Serial: 2, Entries: []Entry{entry(first, 1), entry(second, 2)}}
		c.change(x)
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseIndex(text, "c1")
		switch {
		case c.why == "" && (err != nil || got.Serial < 2):
			t.Errorf("%s: %+v, %v", name, got, err)
		case c.why != "" && (!errors.Is(err, errIndex) || !strings.Contains(err.Error(), c.why)):
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
	behind := &index{Version: indexVersion, Cluster: "c1", Serial: 1, Entries: []Entry{entry(first, 7)}}
	text, _ := json.Marshal(behind)
	if got, err := parseIndex(text, "c1"); err != nil || got.Serial != 7 {
		t.Errorf("a count behind its entries: %+v, %v", got, err)
	}
}
