package print

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

type fightLine struct {
	reportLine
	Path    string     `json:"path"`
	Sides   []sideLine `json:"sides"`
	Undone  int        `json:"undone"`
	From    int64      `json:"from"`
	To      int64      `json:"to"`
	First   string     `json:"first,omitempty"`
	Last    string     `json:"last,omitempty"`
	Seconds float64    `json:"beatSeconds,omitempty"`
}

type sideLine struct {
	Writer     string `json:"writer,omitempty"` // absent: not known
	Controller string `json:"controller,omitempty"`
	Value      string `json:"value"`
	Varies     bool   `json:"varies,omitempty"` // it writes one value after the other; this is the last
}

// fights prints the fields whose value a writer keeps restoring.
func (r *reporter) fights() error {
	list, more := keep(r, r.seen.Fights(), func(f *reconcile.Fight) string { return f.Namespace })
	if r.flags.format != "json" {
		if err := r.head("Fights: a writer restores its value again and again, whatever another one writes", len(list), more); err != nil {
			return err
		}
	}
	for i := range list {
		f := &list[i]
		if r.flags.format == "json" {
			l := fightLine{reportLine: reportLine{"fight", keyOf([]byte(f.Key)), f.Kind, f.Namespace, f.Name}, Path: f.Path, Undone: f.Undone,
				From: f.From, To: f.To, First: when(f.First), Last: when(f.Last), Seconds: f.Beat().Seconds()}
			for _, s := range f.Sides {
				l.Sides = append(l.Sides, sideLine(s))
			}
			if err := r.out.json(l); err != nil {
				return err
			}
			continue
		}
		side := func(s reconcile.Side) string {
			verb := " wants "
			if s.Varies {
				verb = " writes other values, last "
			}
			return clean.Key([]byte(cmp.Or(s.Controller, s.Writer, "an unknown writer"))) + r.out.paint(text.Muted, verb) + s.Value
		}
		beat := ""
		if b := f.Beat(); b > 0 {
			beat = ", every " + b.Round(100*time.Millisecond).String()
		}
		err := r.out.line("  " + r.out.paint(text.Warning, r.called(f.Key)) + "  " + r.out.paint(text.Key, clean.Key([]byte(f.Path))) + "  " + side(f.Sides[0]) + ", " + side(f.Sides[1]) +
			r.out.paint(text.Muted, fmt.Sprintf("  undone %d times from %d to %d%s", f.Undone, f.From, f.To, beat)))
		if err != nil {
			return err
		}
	}
	return r.foot(len(list))
}

type gapReport struct {
	Report string    `json:"report"`
	Gap    gapWindow `json:"gap"`
	Reason string    `json:"reason"`
}

type gapWindow struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

type keptReport struct {
	Report string `json:"report"`
	Count  int    `json:"count"`
}

// gaps print which revisions are not held, and how many versions were kept from them.
func (r *reporter) gaps() error {
	gaps, kept := r.seen.Gaps, r.seen.Kept()
	if r.flags.format == "json" {
		for _, g := range gaps {
			if err := r.out.json(gapReport{"gap", gapWindow{g.From, g.To}, clean.Key([]byte(g.Reason))}); err != nil {
				return err
			}
		}
		if kept == 0 {
			return nil
		}
		return r.out.json(keptReport{"kept", kept})
	}
	if len(gaps) > 0 || kept > 0 {
		if err := r.head("The gap: what is not part of the history that is counted below", 1, 0); err != nil {
			return err
		}
	}
	for _, g := range gaps {
		if err := r.out.line(fmt.Sprintf("  revisions %d to %d are not held: %s", g.From, g.To, clean.Key([]byte(g.Reason)))); err != nil {
			return err
		}
	}
	if kept > 0 {
		if err := r.out.line("  " + versions(kept) + " kept from before, the newest of its key then: not counted as changes"); err != nil {
			return err
		}
	}
	return r.foot(len(gaps) + kept)
}

func versions(n int) string {
	if n == 1 {
		return "1 version is"
	}
	return fmt.Sprintf("%d versions are", n)
}

// lasted writes a duration as exactly as it is of use.
func lasted(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(10 * time.Millisecond).String()
	}
	return duration.HumanDuration(d.Round(time.Second))
}

// times writes how often something was done.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// converged prints what took longest to become as wanted.
func (r *reporter) converged() error {
	all := r.seen.Episodes()
	slices.SortStableFunc(all, func(a, b reconcile.Episode) int { return cmp.Compare(b.Took(), a.Took()) })
	list, more := keep(r, all, func(e *reconcile.Episode) string { return r.namespaceOf(e.Key) })
	if r.flags.format != "json" {
		if err := r.head("Converged, what took longest first", len(list), more); err != nil {
			return err
		}
	}
	for i := range list {
		e := &list[i]
		if r.flags.format == "json" {
			l := r.statusLine("converged", &e.Status)
			l.Until, l.Seconds = e.End, e.Took().Seconds()
			if err := r.out.json(l); err != nil {
				return err
			}
			continue
		}
		took := "?"
		if !e.Since.Time.IsZero() && !e.EndTime.IsZero() {
			took = lasted(e.Took())
		}
		err := r.out.line(fmt.Sprintf("  %8s  ", took) + r.out.paint(text.Key, r.called(e.Key)) + r.out.paint(text.Muted, fmt.Sprintf("  %d to %d", e.Since.Revision, e.End)) + "  " + strings.Join(e.Why, "; "))
		if err != nil {
			return err
		}
	}
	return r.foot(len(list))
}

type wroteLine struct {
	Report       string `json:"report"`
	Writer       string `json:"writer,omitempty"` // absent: not known
	Controller   string `json:"controller,omitempty"`
	SelfDeclared bool   `json:"selfDeclared,omitempty"` // clients that only call themselves so
	Count        int    `json:"count"`
	Kept         int    `json:"kept,omitempty"` // versions from before the gap, not in count
	Sure         int    `json:"sure"`           // of count, graded certain or likely
	Recent       int    `json:"lastMinute"`     // of count, in the minute that ends with the newest change
	Most         key    `json:"most"`
	MostCount    int    `json:"mostCount"`
	Revision     int64  `json:"lastRevision"`
	Time         string `json:"lastTime,omitempty"`
}

// writers prints who wrote most.
func (r *reporter) writers() error {
	list, more := keep(r, r.seen.Writers(), nil)
	if r.flags.format == "json" {
		for i := range list {
			w := &list[i]
			err := r.out.json(wroteLine{"writer", w.Writer, w.Controller, w.SelfDeclared, w.Count, w.Kept, w.Sure, w.Recent, keyOf([]byte(w.Most.Name)), w.Most.Count, w.Revision, when(w.Time)})
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := r.head("Who wrote: in all, in the minute before "+cmp.Or(when(r.seen.Newest()), "the newest change")+", what most", len(list), more); err != nil {
		return err
	}
	for i := range list {
		w := &list[i]
		name := "not known"
		if w.Writer != "" {
			name = clean.Key([]byte(w.Writer))
		}
		if w.Controller != "" {
			name += " (" + clean.Key([]byte(w.Controller)) + ")"
		}
		if w.SelfDeclared {
			name += ", self-declared"
		}
		most := r.called(w.Most.Name) + ", " + times(w.Most.Count)
		if w.Count == 0 {
			most = "nothing since the gap"
		}
		if w.Kept > 0 {
			most += fmt.Sprintf("; and %d kept from before the gap", w.Kept)
		}
		err := r.out.line(fmt.Sprintf("  %8d  %6d  ", w.Count, w.Recent) + r.out.paint(text.Key, name) +
			r.out.paint(text.Muted, "  "+most))
		if err != nil {
			return err
		}
	}
	return r.foot(len(list))
}

type hotLine struct {
	Report string `json:"report"`
	key
	Kind  string `json:"kind,omitempty"`
	Path  string `json:"path,omitempty"`
	Count int    `json:"count"`
}

// hotObjects prints what is written most.
func (r *reporter) hotObjects() error {
	objects, _ := keep(r, r.seen.HotObjects(r.most()), func(h *reconcile.Hot) string { return r.namespaceOf(h.Name) })
	if r.flags.format != "json" {
		return r.counted("Written most often", objects, r.called)
	}
	for _, h := range objects {
		if err := r.out.json(hotLine{Report: "hotObject", key: keyOf([]byte(h.Name)), Count: h.Count}); err != nil {
			return err
		}
	}
	return nil
}

// hotFields prints which fields changed most often.
func (r *reporter) hotFields() error {
	changed := r.seen.HotFields(r.most())
	if r.flags.format != "json" {
		return r.counted("Fields that changed most often", changed, func(s string) string { return clean.Key([]byte(s)) })
	}
	for _, h := range changed {
		kind, path, _ := strings.Cut(h.Name, " ")
		if err := r.out.json(struct {
			Report string `json:"report"`
			Kind   string `json:"kind"`
			Path   string `json:"path"`
			Count  int    `json:"count"`
		}{"hotField", kind, path, h.Count}); err != nil {
			return err
		}
	}
	return nil
}

func (r *reporter) most() int {
	if r.limit > 0 {
		return r.limit
	}
	return 1000
}

func (r *reporter) counted(title string, list []reconcile.Hot, name func(string) string) error {
	if err := r.head(title, len(list), 0); err != nil {
		return err
	}
	for _, h := range list {
		if err := r.out.line(fmt.Sprintf("  %8d  ", h.Count) + r.out.paint(text.Key, name(h.Name))); err != nil {
			return err
		}
	}
	return r.foot(len(list))
}

type clockLine struct {
	Report string  `json:"report"`
	Source string  `json:"source"`
	Server bool    `json:"server,omitempty"`
	Ahead  float64 `json:"aheadSeconds"`
	Stamps int     `json:"stamps"`
}

// clocks prints whose clocks differ from the control plane's, which dates the revisions.
func (r *reporter) clocks() error {
	list, more := keep(r, r.seen.Clocks(), nil)
	if r.flags.format != "json" {
		if err := r.head("Clocks that differ from the one that dates revisions", len(list), more); err != nil {
			return err
		}
	}
	for _, o := range list {
		if r.flags.format == "json" {
			if err := r.out.json(clockLine{"clock", clean.Key([]byte(o.Source)), o.Server, o.By.Seconds(), o.Stamps}); err != nil {
				return err
			}
			continue
		}
		side, whose := "ahead", ""
		if o.By < 0 {
			side = "behind"
		}
		if o.Server {
			whose = ", of the API server that it writes to"
		}
		if err := r.out.line("  " + r.out.paint(text.Key, clean.Key([]byte(o.Source))) + "  " + lasted(o.By.Abs()) + " " + side +
			r.out.paint(text.Muted, fmt.Sprintf("%s, by %d stamps", whose, o.Stamps))); err != nil {
			return err
		}
	}
	return r.foot(len(list))
}
