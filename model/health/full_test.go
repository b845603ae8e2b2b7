package health

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestFill: days are known only where growth was seen for ten minutes.
func TestFill(t *testing.T) {
	t.Parallel()
	at := func(after time.Duration, mib int64) Size { return Size{Time: now.Add(after), Bytes: mib << 20} }
	// compacted is a database of which pages are freed every five minutes, and filled in between.
	compacted := func(over time.Duration) (out []Size) {
		for m := time.Duration(0); m <= over; m += time.Minute {
			out = append(out, Size{now.Add(m), 100<<20 + int64(m/time.Minute)<<19, 4<<20 - int64(m/time.Minute%5)<<20})
		}
		return out
	}
	const hour = time.Hour
	for _, c := range []struct {
		name  string
		sizes []Size
		days  float64 // 0: not known
	}{
		{"none", nil, 0},
		{"one", []Size{at(0, 100)}, 0},
		{"two backups", []Size{at(0, 100), at(24*hour, 200)}, 8},
		{"in any order", []Size{at(24*hour, 200), at(0, 100)}, 8},
		{"too short", []Size{at(0, 100), at(9*time.Minute, 200)}, 0},
		{"just long enough", []Size{at(0, 100), at(10*time.Minute, 200)}, 8 * 10.0 / 60 / 24},
		{"no growth", []Size{at(0, 100), at(hour, 100)}, 0},
		{"smaller", []Size{at(0, 200), at(hour, 100)}, 0},
		{"defragmented between", []Size{at(0, 900), at(hour, 100), at(25*hour, 200)}, 8},
		{"defragmented just now", []Size{at(0, 100), at(24*hour, 900), at(25*hour, 200)}, 0},
		{"hardly", []Size{at(0, 100), {Time: now.Add(24 * hour), Bytes: 100<<20 + 1}}, 0},
		{"into free pages, not long enough", compacted(20 * time.Minute), 0},
		{"into free pages, for an hour", compacted(hour), 870.0 / 30 / 24},
		{"free pages, of which few were filled", []Size{{now, 100 << 20, 20 << 20}, {now.Add(12 * time.Minute), 150 << 20, 19 << 20}}, 850.0 / 50 * 12 / 60 / 24},
		{"full already", []Size{at(0, 100), at(hour, 1000)}, 0},
	} {
		f := Fill(c.sizes, 1000<<20)
		if (f != nil) != (c.days > 0) || f != nil && (f.Days < c.days*0.999 || f.Days > c.days*1.001) {
			t.Errorf("%s: %+v, want %v days", c.name, f, c.days)
		}
	}
	if f := Fill([]Size{at(0, 100), at(24*hour, 200)}, 0); f != nil {
		t.Errorf("without a quota: %+v", f)
	}
}

// TestSizesOf takes backups that show how large the database was, and no other ones.
func TestSizesOf(t *testing.T) {
	t.Parallel()
	b := func(change func(*etcdsource.Backup)) etcdsource.Backup {
		b := etcdsource.Backup{Format: "etcd", Bytes: 5, Revision: 7, Keys: 3, Time: now, TimeFrom: "content", Cluster: "u"}
		change(&b)
		return b
	}
	list := []etcdsource.Backup{
		b(func(*etcdsource.Backup) {}),
		b(func(b *etcdsource.Backup) { b.Cluster = "" }),
		b(func(b *etcdsource.Backup) { b.Cluster = "another" }),
		b(func(b *etcdsource.Backup) { b.TimeFrom = "modified" }),
		b(func(b *etcdsource.Backup) { b.Format = "gardener-delta" }),
		b(func(b *etcdsource.Backup) { b.Revision = 0 }), // packed
		b(func(b *etcdsource.Backup) { b.Problem = "damaged" }),
		b(func(b *etcdsource.Backup) { b.Foreign = true }),
	}
	if got := SizesOf(list, "u"); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}
