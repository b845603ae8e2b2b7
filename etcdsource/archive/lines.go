package archive

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// errOther says that a backup is another cluster's.
var errOther = &etcdsource.Problem{Why: "it is a backup of another cluster"}

// foreign marks the backups that no index lists and that contradict the newest one that an index does list: at a revision that both
// have, they hold different versions of the key, so they are of different stores.
func foreign(all []kept) {
	var ref *kept
	for i := range all {
		if all[i].store != "" && all[i].err == nil && !all[i].delta {
			ref = &all[i]
		}
	}
	for i := range all {
		if k := &all[i]; ref != nil && k.store == "" && k.err == nil && !k.delta && contradict(k, ref) {
			k.err = errStore
		}
	}
}

// contradict reports whether two backups hold different versions of the key at the newest revision that both have. What was compacted
// in one of them says nothing.
func contradict(a, b *kept) bool {
	return a.differsAt(b, min(a.point.Revision, b.point.Revision))
}

// differsAt reports whether two backups hold different versions of the key at a revision that both have.
func (k *kept) differsAt(other *kept, revision int64) bool {
	x, y := k.at(revision), other.at(revision)
	return x != nil && y != nil && (x.Mod != y.Mod || x.Create != y.Create || x.Version != y.Version || !bytes.Equal(x.Value, y.Value))
}

// firstDifference is the first revision from which on two backups that contradict each other hold different versions.
func firstDifference(a, b *kept) int64 {
	common := min(a.point.Revision, b.point.Revision)
	first := common
	for _, list := range [][]etcdsource.Event{a.list, b.list} {
		for i := range list {
			if r := list[i].Mod; r < first && a.differsAt(b, r) {
				first = r
			}
		}
	}
	return first
}

// at returns the newest change up to a revision, nil where none is held.
func (k *kept) at(revision int64) (e *etcdsource.Event) {
	for i := range k.list {
		if k.list[i].Mod <= revision {
			e = &k.list[i]
		}
	}
	return e
}

// errStore says that a backup is of another etcd cluster.
var errStore = &etcdsource.Problem{Why: "it is a backup of another etcd cluster: at the same revision it holds another version of the key"}

// twoClusters marks backups of a second cluster where both have one uid and no index lists them, as where a store was copied for a
// test. Each backup, the newest first, joins the first line whose backups it does not contradict:
//
//	line of the newest   mon ──── wed ──── fri      wed contradicts tue and thu: both stores lived at the same time,
//	another line              tue ──── thu          and tue and thu are of another cluster
//
// Where the lines do not take turns, the store may have been set back, and said is that two backups contradict each other.
func twoClusters(all []kept, say func(older, newer string, revision int64)) {
	var lines [][]int // of backups, the newest first
	for i := len(all) - 1; i >= 0; i-- {
		if k := &all[i]; k.err != nil || k.delta {
			continue
		}
		n := slices.IndexFunc(lines, func(line []int) bool {
			return !slices.ContainsFunc(line, func(j int) bool { return contradict(&all[i], &all[j]) })
		})
		if n < 0 {
			n, lines = len(lines), append(lines, nil)
		}
		lines[n] = append(lines[n], i)
	}
	for n := 1; n < len(lines); n++ {
		if takeTurns(all, lines[0], lines[n]) {
			for _, i := range lines[n] {
				all[i].err = errSecond(all, i, lines[0])
			}
			continue
		}
		if i := lines[n][0]; say != nil {
			j := against(all, i, lines[0])
			older, newer := &all[min(i, j)], &all[max(i, j)]
			say(older.point.Path, newer.point.Path, firstDifference(older, newer))
		}
	}
}

// takeTurns reports whether a backup of one line that contradicts those of another was made between two of these.
func takeTurns(all []kept, line, other []int) bool {
	newest, oldest := other[0], other[len(other)-1]
	return slices.ContainsFunc(line, func(i int) bool {
		return oldest < i && i < newest && contradict(&all[i], &all[oldest]) && contradict(&all[i], &all[newest])
	})
}

// against is the oldest backup of a line that one contradicts.
func against(all []kept, i int, line []int) int {
	for _, j := range slices.Backward(line) {
		if contradict(&all[i], &all[j]) {
			return j
		}
	}
	return line[0]
}

// errSecond says of which backup one is not the past or the future.
func errSecond(all []kept, i int, line []int) error {
	j := against(all, i, line)
	return &etcdsource.Problem{Why: fmt.Sprintf("it is a backup of another etcd cluster: from revision %d on it holds other versions of the key than %s, and such backups take turns",
		firstDifference(&all[i], &all[j]), filepath.Base(all[j].point.Path))}
}
