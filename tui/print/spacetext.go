package print

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/space"
)

// head sums the database up.
func (v *surveyor) head() error {
	t, st := &v.seen.Total, &v.seen.Storage
	var parts []string
	switch {
	case v.seen.Exact:
		parts = append(parts, fmt.Sprintf("live %s in %s", size(t.Live), many(t.Keys, "key")), fmt.Sprintf("history %s in %s and %s", size(t.Old), many(t.Versions-t.Keys, "older version"), many(t.Deletions, "deletion")))
	case v.seen.Read.Values > 0:
		parts = append(parts, fmt.Sprintf("live about %s ± %s in %s", size(t.Live), size(t.Margin), many(t.Keys, "key")), "history not read")
	default:
		parts = append(parts, many(t.Keys, "key"))
	}
	if st.Size >= 0 {
		file := "database " + size(st.Size)
		if st.InUse >= 0 {
			file += fmt.Sprintf(", in use %s, free %s", size(st.InUse), size(st.Free))
		}
		parts = append(parts, file)
	}
	if err := v.out.line(strings.Join(parts, "; ")); err != nil {
		return err
	}
	if d := v.span(); d > 0 {
		return v.out.line(fmt.Sprintf("written in %s before %s: %s in %s, %s an hour", lasted(d), when(v.end), size(t.Written), many(t.Writes, "change"), size(int64(v.perHour(t.Written)))))
	}
	return nil
}

func many(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// signed writes a number of bytes that may be negative.
func signed(n int64) string {
	if n < 0 {
		return "-" + size(-n)
	}
	return "+" + size(n)
}

// column is one column of the table.
type column struct {
	head string
	cell func(*space.Row) string
}

// estimated is a size in a row of an estimate, "-" where no value of its keys was read.
func (v *surveyor) estimated(of func(*space.Row) int64) func(*space.Row) string {
	return func(r *space.Row) string {
		if v.seen.Unknown(r) {
			return "-"
		}
		return size(of(r))
	}
}

// columns are those that are known of the rows.
func (v *surveyor) columns() []column {
	by := space.By(v.by)
	list := []column{{strings.ToUpper(v.by), v.name}, {"KEYS", func(r *space.Row) string { return fmt.Sprint(r.Keys) }}}
	if by == space.ByKey {
		list = list[:1]
	}
	if !v.seen.Exact {
		if v.seen.Read.Values > 0 {
			list = append(list, column{"LIVE", v.estimated(func(r *space.Row) int64 { return r.Live })}, column{"±", v.estimated(func(r *space.Row) int64 { return r.Margin })})
		}
		if v.seen.Read.Values > 0 && by == space.ByResource {
			list = append(list, column{"MANAGEDFIELDS", v.estimated(func(r *space.Row) int64 { return r.Managed })})
		}
		return append(list, v.mostly()...)
	}
	list = append(list, column{"LIVE", func(r *space.Row) string { return size(r.Live) }}, column{"HISTORY", func(r *space.Row) string { return size(r.Old) }},
		column{"REVISIONS", func(r *space.Row) string { return fmt.Sprint(r.Versions) }}, column{"DELETIONS", func(r *space.Row) string { return fmt.Sprint(r.Deletions) }})
	if by == space.ByKey {
		return list
	}
	list = append(list, column{"MANAGEDFIELDS", func(r *space.Row) string { return size(r.Managed) }})
	list = append(list, column{"GROWTH", func(r *space.Row) string { return signed(r.Growth()) }})
	list = append(list, column{"WRITTEN", func(r *space.Row) string { return size(r.Written) }})
	if v.span() > 0 {
		list = append(list, column{"WRITES/H", func(r *space.Row) string { return fmt.Sprintf("%.0f", v.perHour(r.Writes)) }}, column{"BYTES/H", func(r *space.Row) string { return size(int64(v.perHour(r.Written))) }})
	}
	return append(list, v.mostly()...)
}

func (v *surveyor) mostly() []column {
	if v.by != string(space.ByNamespace) {
		return nil
	}
	return []column{{"MOSTLY", func(r *space.Row) string { return safe(r.Mostly) }}}
}

func (v *surveyor) table() error {
	if len(v.rows) == 0 {
		return v.out.line("Nothing is stored.")
	}
	cols := v.columns()
	lines := [][]string{nil}
	for _, c := range cols {
		lines[0] = append(lines[0], c.head)
	}
	for i := range v.rows {
		var l []string
		for _, c := range cols {
			l = append(l, c.cell(&v.rows[i]))
		}
		lines = append(lines, l)
	}
	if err := v.out.line(""); err != nil {
		return err
	}
	return v.out.numbers(lines)
}

// most5 prints the keys with the most versions.
func (v *surveyor) most5() error {
	if len(v.busiest) == 0 || v.busiest[0].Versions < 2 {
		return nil
	}
	if err := v.out.line("\n" + v.out.paint(text.Muted, "Most revisions")); err != nil {
		return err
	}
	for i := range v.busiest {
		r := &v.busiest[i]
		if err := v.out.line(fmt.Sprintf("%8d  %s  %s", r.Versions, v.out.paint(text.Key, v.key(r.Name)), v.out.paint(text.Muted, size(r.Live+r.Old)))); err != nil {
			return err
		}
	}
	return nil
}

// advice says what compaction and defragmentation give back.
func (v *surveyor) advice() error {
	st, t := &v.seen.Storage, &v.seen.Total
	if st.Packed < 0 || st.Size < 0 {
		if !v.seen.Exact && v.seen.Read.Values > 0 && v.ns == "" && st.InUse >= 0 {
			return v.out.line(fmt.Sprintf("\nThe other %s in use are keys, history and pages that are not full; --recall counts them.", size(max(st.InUse-t.Live, 0))))
		}
		return nil
	}
	say := fmt.Sprintf("\nDefragmenting gives back about %s: the file is then %s.", size(max(st.Size-st.Packed, 0)), size(st.Packed))
	if old := st.Stored - v.liveStored(); old > 0 {
		say += fmt.Sprintf("\nCompacting at revision %d removes %s of history; the file keeps its size, and is %s after defragmenting.", st.To, size(old), size(st.PackedLive))
	}
	return v.out.line(say)
}

// liveStored is what the live versions of the whole store take in their pages.
func (v *surveyor) liveStored() int64 { return v.seen.Storage.LiveStored }

// numbers writes lines of safe cells below each other, numbers at the right. The first line is the header.
func (o *out) numbers(lines [][]string) error {
	_, err := o.aligned(lines, nil, true, func(i int) bool { return i > 0 && lines[0][i] != "MOSTLY" })
	return err
}
