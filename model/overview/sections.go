package overview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// Changes is the ID of the section of the last changes, and the Target.Screen of all of them.
const Changes = "changes"

// Section is one part of the overview. All its text is safe.
type Section struct {
	ID    string // cluster, source, verdict, resources, writers, changes; others may be added by who shows it
	Title string
	Lines []Line
}

// Line is one line of a section: a table's row, or a sentence in the first cell.
type Line struct {
	Cells []string
	Role  text.Role // of the line; text.Plain for nothing special
	To    Target    // where it leads
	Whole bool      // the last cell is broken into several rows where there is no room, not cut
}

// ResourceList is the Target.Screen of the list of all resources.
const ResourceList = "resources"

// Target is what explains a line: every line has one.
type Target struct {
	Screen   string // report, report/PART, space, ResourceList, Changes, snapshots, health; "" where Key says it
	Key      string // a key, or a folder
	Revision int64  // of the key, 0: now
	Writer   string // the ID of the one that report/writers is asked for, "" for none
}

// View is what the sections need beside the Overview.
type View struct {
	Opened  *learn.Opened
	Known   etcdsource.Backup // the kept verdict on the file; the zero value where there is none
	Newest  etcdsource.Backup // of a running store: the newest verified backup of its cluster
	Now     time.Time
	Size    func(bytes int64) string // writes a number of bytes
	Most    int                      // lines of each section, 0: 10
	Changes int                      // lines of the last changes, 0: Most
	Reading string                   // how far the account is, "" where it is complete or is not made
	Brief   string                   // the same in few words; "": Reading
	Sizes   []health.Size            // of a running store's database, as its backups and the last minutes show them
}

// Sections are the parts of the overview, in their order. A part of which nothing is known is left out.
func (v *Overview) Sections(w View) (out []Section) {
	w.Most = cmp.Or(w.Most, 10)
	for _, s := range []Section{v.health(&w), v.source(&w), v.state(&w), v.resources(&w), v.writers(&w), v.changes(&w)} {
		if len(s.Lines) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func say(role text.Role, to Target, format string, args ...any) Line {
	return Line{Cells: []string{fmt.Sprintf(format, args...)}, Role: role, To: to}
}

func safe(s string) string { return clean.Key([]byte(s)) }

// source says what it is, of which cluster, and how far it reaches.
func (v *Overview) source(w *View) Section {
	s := Section{ID: "source", Title: "Source"}
	add := func(name, value string, to Target) {
		if value != "" {
			s.Lines = append(s.Lines, Line{Cells: []string{name, value}, To: to})
		}
	}
	add(string(v.Info.Kind), safe(cmp.Or(v.Info.Target, v.Info.Name)), v.self())
	add("cluster", v.named(), Target{Key: w.Opened.Root + "minions/"})
	dates := v.Dates()
	window := dates.revisions()
	if age := dates.age(); dates.AtLeast {
		window += fmt.Sprintf(", up to %s UTC (%s)", dates.ToTime.UTC().Format(time.DateTime), age)
	} else if age != "" {
		window += fmt.Sprintf(", %s to %s UTC (%s)", dates.FromTime.UTC().Format(time.DateTime), dates.end(), age)
	}
	add("revisions", window, Target{Screen: Changes})
	if v.Info.DBSize >= 0 {
		size := w.Size(v.Info.DBSize)
		if v.Info.DBInUse >= 0 && v.Info.DBInUse != v.Info.DBSize {
			size += ", " + w.Size(v.Info.DBInUse) + " in use"
		}
		if v.Info.Quota > 0 {
			size += fmt.Sprintf(", quota %s (%d %%)", w.Size(v.Info.Quota), 100*v.Info.DBSize/v.Info.Quota)
		}
		if f := v.Full(w); f != nil {
			size += fmt.Sprintf("; full in %s: it grew %s in %s", Days(f.Days), w.Size(f.Bytes), duration.HumanDuration(f.Over))
		}
		add("database", size, Target{Screen: "space"})
	}
	if verdict, by := v.Verified(w.Known); !v.Info.Running {
		add("verdict", verdict+by, Target{Screen: "snapshots"})
	}
	if v.Info.Spare {
		add("backup", backup(w), Target{Screen: "snapshots"})
	}
	for _, l := range v.encrypted() {
		add("encryption", l, Target{Screen: "report"})
	}
	return s
}

// self is what explains the source itself: its members, or what else there is of files.
func (v *Overview) self() Target {
	if v.Info.Running {
		return Target{Screen: "health"}
	}
	return Target{Screen: "snapshots"}
}

// encrypted says in a line a resource how it is encrypted.
func (v *Overview) encrypted() []string {
	e := v.Encryption
	if e == nil {
		return nil
	}
	out := e.Rotation()
	switch {
	case e.PlainAll == 1:
		out = append(out, "1 object should be encrypted, and is stored as plain text")
	case e.PlainAll > 1:
		out = append(out, fmt.Sprintf("%d objects should be encrypted, and are stored as plain text", e.PlainAll))
	}
	return out
}

// Full says when the database reaches its quota, nil where that is not known.
func (v *Overview) Full(w *View) *health.Full {
	if !v.Info.Spare || v.Info.DBSize < 0 {
		return nil
	}
	return health.Fill(append(slices.Clone(w.Sizes), health.SizeOf(&v.Info, w.Now)), v.Info.Quota)
}

// Days writes a number of days, of less than two as hours.
func Days(d float64) string {
	if d < 2 {
		return fmt.Sprintf("about %.0f hours", d*24)
	}
	return fmt.Sprintf("about %.0f days", d)
}

// named is the cluster in words.
func (v *Overview) named() string { return strings.Join(v.parts(), ", ") }

// parts are what is known of the cluster, what says most first.
func (v *Overview) parts() []string {
	c, parts := &v.Cluster, []string(nil)
	if c.Name != "" {
		parts = append(parts, safe(c.Name))
	}
	if c.Kubernetes != "" {
		parts = append(parts, "Kubernetes "+safe(c.Kubernetes))
	}
	if c.Etcd != "" {
		parts = append(parts, "etcd "+safe(c.Etcd))
	}
	switch {
	case c.Nodes == 1:
		parts = append(parts, "1 node")
	case c.Nodes > 1:
		parts = append(parts, fmt.Sprintf("%d nodes", c.Nodes))
	}
	return parts
}

// Verified is the verdict of snapshot verify on a file, as lists of backups have it, and what says so. A checksum that matches makes
// none: nothing else was looked at.
func (v *Overview) Verified(known etcdsource.Backup) (verdict, by string) {
	switch {
	case known.Verdict != etcdsource.BackupUnchecked:
		return string(known.Verdict), ", by snapshot verify at " + known.Checked.UTC().Format("2006-01-02 15:04:05") + " UTC"
	case v.Info.Integrity.State == etcdsource.Failed:
		return string(etcdsource.BackupDamaged), ", " + clean.Text(v.Info.Integrity.Text)
	case v.Info.Integrity.State == etcdsource.Passed:
		return etcdsource.BackupUnchecked.String(), ", " + clean.Text(v.Info.Integrity.Text)
	}
	return etcdsource.BackupUnchecked.String(), ""
}

// backup is the newest backup of a running cluster in words.
func backup(w *View) string {
	if w.Newest.Path == "" {
		return "no verified snapshot known"
	}
	s := "newest verified"
	if age := w.Now.Sub(w.Newest.Time); age > 0 && !w.Newest.Time.IsZero() {
		s += ", " + duration.HumanDuration(age) + " old"
	}
	return s + ": " + safe(w.Newest.Path)
}

// Sentence is the state of the store in one sentence.
func (v *Overview) Sentence() string {
	a := v.Account
	if a == nil {
		return "its history has not been read"
	}
	var parts []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(a.Undecodable, "value cannot be read", "values cannot be read")
	add(a.NotConverged, "object has not converged", "objects have not converged")
	add(a.OutOfBand, "write went past the API server", "writes went past the API server")
	if len(parts) == 0 {
		if v.empty() {
			return "the store is empty"
		}
		if a.Partial {
			return "every object that was looked at has converged"
		}
		if !a.History {
			return "every object has converged; what was written is not known"
		}
		return "every object has converged"
	}
	return strings.Join(parts, "; ")
}

// empty reports whether the history was read, and nothing is in the store, nor was.
func (v *Overview) empty() bool {
	return v.Account.History && v.Keys == 0 && len(v.Account.Latest) == 0 && len(v.Account.Writers) == 0
}

// worst are the objects that have not converged. Those that cannot be read for the same cause are one line.
func (v *Overview) worst(w *View) (lines []Line) {
	a := v.Account
	at, alike := map[string]int{}, map[string]int{} // by cause: its line, and how many more there are
	shown := 0
	for i := range a.Worst {
		x := &a.Worst[i]
		why := x.Why[len(x.Why)-1] // before it is how many values of its resource there are
		if _, known := at[why]; known && i < a.Unread {
			alike[why]++
			shown++
			continue
		}
		if len(lines) >= w.Most {
			continue
		}
		if shown++; i < a.Unread {
			at[why] = len(lines)
		}
		lines = append(lines, Line{Cells: []string{"  " + called(w, x.Key), strings.Join(x.Why, "; ")}, To: Target{Key: x.Key}})
	}
	for why, n := range alike {
		l := &lines[at[why]]
		l.Cells = []string{l.Cells[0] + fmt.Sprintf(" and %d more", n), why}
		l.To = Target{Screen: "report"}
	}
	if more := max(len(a.Worst), a.Unread+a.NotConverged) - shown; more > 0 {
		lines = append(lines, say(text.Muted, Target{Screen: "report"}, "  and %d more", more))
	}
	return lines
}

// state says what is wrong.
func (v *Overview) state(w *View) Section {
	s := Section{ID: "verdict", Title: "State"}
	a := v.Account
	if a == nil {
		if w.Reading != "" {
			s.Lines = append(s.Lines, say(text.Muted, Target{Screen: "report"}, "%s", w.Reading))
		}
		return s
	}
	role := text.Added
	if a.Undecodable > 0 || a.OutOfBand > 0 {
		role = text.Error
	} else if a.NotConverged > 0 {
		role = text.Warning
	} else if a.Partial {
		role = text.Muted
	}
	s.Lines = append(s.Lines, say(role, Target{Screen: "report"}, "%s", v.Sentence()))
	s.Lines = append(s.Lines, v.worst(w)...)
	if a.Deleted > 0 {
		s.Lines = append(s.Lines, say(text.Plain, Target{Screen: "report/deleted"}, "%s deleted that no owner had made; rescue brings back what can be", things(a.Deleted)))
	}
	if w.Reading != "" {
		s.Lines = append(s.Lines, say(text.Muted, Target{Screen: "report"}, "%s", w.Reading))
	}
	return s
}

func things(n int) string {
	if n == 1 {
		return "1 object was"
	}
	return fmt.Sprintf("%d objects were", n)
}

// called is how kubectl's users name the object of a key.
func called(w *View, key string) string {
	if name := w.Opened.Kinds.Kubectl(w.Opened.Root, []byte(key)); name != "" {
		return safe(name)
	}
	return safe(key)
}

// resources says what there is most of.
func (v *Overview) resources(w *View) Section {
	s := Section{ID: "resources", Title: fmt.Sprintf("Resources (%d keys)", v.Keys)}
	for i := range v.Resources[:min(len(v.Resources), w.Most)] {
		r := &v.Resources[i]
		cells := []string{safe(r.Name), fmt.Sprintf("%d", r.Keys)}
		if r.Bytes >= 0 {
			cells = append(cells, w.Size(r.Bytes))
		}
		s.Lines = append(s.Lines, Line{Cells: cells, To: Target{Key: r.Prefix}})
	}
	if more := len(v.Resources) - w.Most; more > 0 {
		s.Lines = append(s.Lines, say(text.Muted, Target{Screen: ResourceList}, "and %d more", more))
	}
	return s
}

// writers says who wrote most.
func (v *Overview) writers(w *View) Section {
	s := Section{ID: "writers", Title: "Who writes most"}
	if v.Account == nil {
		return s
	}
	if !v.Account.History {
		s.Title += " in what was read"
	}
	for i := range v.Account.Writers[:min(len(v.Account.Writers), w.Most)] {
		x := &v.Account.Writers[i]
		s.Lines = append(s.Lines, Line{Cells: []string{writer(x), fmt.Sprintf("%d", x.Count), called(w, x.Most.Name)}, To: Target{Screen: "report/writers", Writer: x.ID()}})
	}
	return s
}

func writer(x *reconcile.Wrote) string {
	name := safe(cmp.Or(x.Controller, x.Writer, "not known"))
	if x.SelfDeclared {
		name += ", self-declared"
	}
	return name
}

// changes are the newest ones.
func (v *Overview) changes(w *View) Section {
	s := Section{ID: Changes, Title: "Last changes"}
	list := v.Latest
	if v.Account != nil && (v.Account.History || len(v.Account.Latest) > 0) {
		list = v.Account.Latest
	}
	list = list[:min(len(list), cmp.Or(w.Changes, w.Most))]
	bound := slices.ContainsFunc(list, func(x reconcile.Latest) bool { return x.Verdict.NotBefore() || x.Verdict.NotAfter() })
	for i := range list {
		x := &list[i]
		clock := ""
		if !x.Verdict.Time.IsZero() {
			clock = x.Verdict.Time.UTC().Format("15:04:05")
		}
		switch {
		case clock == "":
		case x.Verdict.NotBefore(): // as in the changes
			clock = "≥" + clock
		case x.Verdict.NotAfter():
			clock = "≤" + clock
		case bound:
			clock = " " + clock
		}
		by := safe(cmp.Or(x.Verdict.Controller, x.Verdict.Writer, "not known"))
		what := x.Summary
		if what == "" {
			what = x.Type.String()
		}
		s.Lines = append(s.Lines, Line{Cells: []string{fmt.Sprintf("%d", x.Revision), clock, by, called(w, x.Key), what}, To: Target{Key: x.Key, Revision: x.Revision}})
	}
	return s
}
