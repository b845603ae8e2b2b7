package overview

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/health"
)

// labelW is the width of the labels of a brief overview, and of the gap behind them.
const labelW = len("resources") + 2

// maxBriefWorst is how many objects a brief overview names that have not converged.
const maxBriefWorst = 3

// Brief is the overview in one section without a title, a fact a line, in a number of columns and, if that can be, of rows: what is most
// important comes first, and of each line but the verdict what does not fit is dropped as a whole. What is wrong is never dropped;
// resources and writers go on in the rows that are left.
func (v *Overview) Brief(w View, columns, rows int) Section {
	s := Section{ID: "brief"}
	room := max(columns-labelW, 10)
	add := func(role text.Role, to Target, label, value string) {
		if value != "" {
			s.Lines = append(s.Lines, Line{Cells: []string{label, value}, Role: role, To: to})
		}
	}
	if h := v.Health; h != nil {
		role := map[health.Verdict]text.Role{health.Healthy: text.OK, health.Degraded: text.Warning, health.NoQuorum: text.Error, health.Unknowable: text.Error}[h.Verdict]
		add(role, Target{Screen: "health"}, "members", string(h.Verdict)+": "+clean.Text(h.Sentence))
		s.Lines[0].Whole = true
		if reason := reason(h); reason != "" {
			add(text.Warning, Target{Screen: "health"}, "", reason)
			s.Lines[len(s.Lines)-1].Whole = true
		}
		if len(h.Advice) > 0 {
			add(text.Warning, Target{Screen: "health"}, "to do", clean.Text(h.Advice[0].Title)+" (8 has the commands)")
			s.Lines[len(s.Lines)-1].Whole = true
		}
	}
	add(text.Plain, v.self(), string(v.Info.Kind), v.name(room))
	add(text.Plain, Target{Key: w.Opened.Root + "minions/"}, "cluster", fit(room, ", ", v.parts()...))
	w.Most, w.Reading = maxBriefWorst, cmp.Or(w.Brief, w.Reading)
	label := "state"
	for _, l := range v.state(&w).Lines {
		switch {
		case v.Account == nil:
		case label != "":
			for _, part := range fitLines(room, len(v.wrong()), "; ", v.wrong()...) {
				add(l.Role, l.To, label, part)
				label = ""
			}
			continue
		case len(l.Cells) == 1: // how many more, which the first line has said
			continue
		}
		add(l.Role, l.To, label, strings.TrimSpace(strings.Join(l.Cells, "  ")))
		label = ""
	}
	add(text.Plain, Target{Screen: Changes}, "written", fit(room, ", ", v.span()...))
	if verdict, by := v.Verified(w.Known); !v.Info.Running {
		add(text.Plain, Target{Screen: "snapshots"}, "verdict", fit(room, "", verdict, by))
	} else if v.Info.Spare {
		add(text.Plain, Target{Screen: "space"}, "database", fit(room, "; ", v.filled(&w)...))
		add(text.Plain, Target{Screen: "snapshots"}, "backup", backup(&w))
	}
	left := rows - len(s.Lines) - labelled
	for _, l := range s.Lines {
		if l.Whole {
			left-- // it may take another row
		}
	}
	for i, part := range fitLines(room, 1+max(left, 0)/2, ", ", v.most()...) {
		add(text.Plain, Target{Screen: ResourceList}, []string{"resources", ""}[min(i, 1)], part)
	}
	for i, part := range fitLines(room, 1+max(left, 0)/2, ", ", v.busiest()...) {
		add(text.Plain, Target{Screen: "report/writers"}, []string{"writers", ""}[min(i, 1)], part)
	}
	return s
}

// filled is how large a running store's database is, in parts.
func (v *Overview) filled(w *View) (parts []string) {
	size, quota := v.Info.DBSize, v.Info.Quota
	if size <= 0 {
		return []string{""}
	}
	parts = append(parts, w.Size(size))
	if quota > 0 {
		parts[0] = fmt.Sprintf("%s of %s (%d %%)", w.Size(size), w.Size(quota), 100*size/quota)
	}
	if f := v.Full(w); f != nil {
		parts = append(parts, "full in "+Days(f.Days))
	}
	return parts
}

// labelled are the rows that resources and writers have at least.
const labelled = 2

// reason is the first fault of a cluster, and how many more there are; "" for none.
func reason(h *health.Report) string {
	switch n := len(h.Wrong); n {
	case 0:
		return ""
	case 1:
		return clean.Text(h.Wrong[0])
	default:
		return fmt.Sprintf("%s (%d more on the health screen)", clean.Text(h.Wrong[0]), n-1)
	}
}

// name is what the source is called, in a number of columns if that can be.
func (v *Overview) name(room int) string {
	if v.Info.Running && !v.Info.Spare {
		return fit(room, "; ", "a real API server wrote this", "it is replayed here")
	}
	name := safe(cmp.Or(v.Info.Target, v.Info.Name))
	if ansi.StringWidth(name) > room {
		return safe(cmp.Or(v.Info.Name, path.Base(v.Info.Target)))
	}
	return name
}

// wrong is what has not converged in numbers, in parts.
func (v *Overview) wrong() (parts []string) {
	a := v.Account
	for _, x := range []struct {
		n    int
		what string
	}{{a.Undecodable, "cannot be read"}, {a.NotConverged, "not converged"}, {a.OutOfBand, "written past the API server"}, {a.Deleted, "deleted without an owner"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	if v.empty() {
		return []string{"the store is empty"}
	}
	if a.Undecodable+a.OutOfBand+a.NotConverged == 0 && a.Partial {
		return append([]string{"all converged that was looked at"}, parts...)
	}
	if a.Undecodable+a.OutOfBand+a.NotConverged == 0 {
		return append([]string{"all converged"}, parts...)
	}
	return parts
}

// fit joins as many of the parts as there is room for; the first is always there.
func fit(room int, sep string, parts ...string) string {
	var out string
	for i, p := range parts {
		if i == 0 {
			out = p
			continue
		}
		if ansi.StringWidth(out)+len(sep)+ansi.StringWidth(p) > room {
			break
		}
		out += sep + p
	}
	return out
}

// fitLines are at most n lines of parts, as fit joins them; each line but the last ends with the separator.
func fitLines(room, n int, sep string, parts ...string) (lines []string) {
	end := strings.TrimSpace(sep)
	for len(parts) > 0 && len(lines) < n {
		line, took := parts[0], 1
		for took < len(parts) && ansi.StringWidth(line)+len(sep)+ansi.StringWidth(parts[took])+len(end) <= room {
			line += sep + parts[took]
			took++
		}
		if parts = parts[took:]; len(parts) > 0 && len(lines)+1 < n {
			line += end
		}
		lines = append(lines, line)
	}
	return lines
}

// span is which time and which revisions there are, in parts.
func (v *Overview) span() (parts []string) {
	w := v.Dates()
	if age := w.age(); age != "" {
		parts = append(parts, age+" to "+w.ToTime.UTC().Format("2006-01-02 15:04:05"))
	}
	return append(parts, "revisions "+w.revisions())
}

// most are the biggest resources, in parts; the number of all keys is before them.
func (v *Overview) most() (parts []string) {
	for i := range v.Resources {
		r := &v.Resources[i]
		p := fmt.Sprintf("%s %d", safe(strings.Split(r.Name, ".")[0]), r.Keys)
		if i == 0 {
			p = fmt.Sprintf("%d %s: %s", v.Keys, plural(v.Keys, "key"), p)
		}
		parts = append(parts, p)
	}
	return parts
}

func plural(n int64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// busiest are those who wrote most, in parts.
func (v *Overview) busiest() (parts []string) {
	if v.Account == nil {
		return nil
	}
	for i := range v.Account.Writers {
		x := &v.Account.Writers[i]
		parts = append(parts, fmt.Sprintf("%s %d", writer(x), x.Count))
	}
	return parts
}
