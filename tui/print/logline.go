package print

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/change"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// changeLine is a change as JSON. What is not known is left out.
type changeLine struct {
	Revision int64  `json:"revision"`
	Index    int64  `json:"index"`
	Etcd     string `json:"etcd,omitempty"` // another etcd of the node, whose revision it is: only the time joins it to the other lines
	Type     string `json:"type"`
	key
	objectLine
	Version  int64  `json:"version,omitempty"`
	Bytes    *int   `json:"bytes,omitempty"`
	Kept     bool   `json:"kept,omitempty"`
	Time     string `json:"time,omitempty"`
	TimeFrom string `json:"timeFrom,omitempty"`
	Earliest string `json:"earliest,omitempty"` // this and the next where they are further apart than a second, or nothing is known but this
	Latest   string `json:"latest,omitempty"`
	writerLine
	Aspect  string         `json:"aspect,omitempty"`
	Summary string         `json:"summary,omitempty"`
	Changes *[]diff.Change `json:"changes,omitempty"`
}

// writerLine says who wrote a change.
type writerLine struct {
	Writer       string  `json:"writer,omitempty"`
	User         string  `json:"user,omitempty"` // this and the next two are the audit log's
	As           string  `json:"impersonatedUser,omitempty"`
	UserAgent    string  `json:"userAgent,omitempty"`
	Controller   *string `json:"controller,omitempty"` // "" where the writer has none
	Instance     string  `json:"instance,omitempty"`
	Confidence   string  `json:"confidence"`
	Evidence     string  `json:"evidence,omitempty"`
	SelfDeclared bool    `json:"selfDeclared,omitempty"` // the writer only calls itself so
	OutOfBand    bool    `json:"outOfBand,omitempty"`
	Lane         string  `json:"lane,omitempty"`     // of a traced change
	Relation     string  `json:"relation,omitempty"` // what its object is to the traced one
}

func writerOf(v *attribution.Verdict) writerLine {
	w := writerLine{Writer: v.Writer, User: v.User, As: v.As, UserAgent: v.UserAgent, Instance: v.Instance, Confidence: v.Confidence.String(), Evidence: v.Evidence, SelfDeclared: v.SelfDeclared, OutOfBand: v.OutOfBand != ""}
	if v.Writer != "" {
		w.Controller = &v.Controller
	}
	return w
}

// objectLine names the object of a key.
type objectLine struct {
	Group      *string `json:"group,omitempty"` // "" is the core group
	APIVersion string  `json:"apiVersion,omitempty"`
	Kind       string  `json:"kind,omitempty"`
	Resource   string  `json:"resource,omitempty"`
	Namespace  *string `json:"namespace,omitempty"` // "" for objects of the cluster
	Name       string  `json:"name,omitempty"`
}

func (l *logger) jsonLine(c *attribution.Attributed) changeLine {
	line := changeLine{
		Revision: c.Mod, Index: c.Sub, Type: c.Type.String(), key: keyOf(c.Key), objectLine: objectOf(&c.Change),
		Version: c.Version, Kept: c.Kept, Aspect: c.Aspect, Summary: c.Summary,
		TimeFrom: c.Verdict.TimeFrom, writerLine: writerOf(&c.Verdict),
	}
	if !c.Verdict.Time.IsZero() {
		line.Time = c.Verdict.Time.UTC().Format(time.RFC3339Nano)
	}
	if lo, hi, vague := c.Verdict.Bounds(); vague {
		line.Earliest, line.Latest = lo.UTC().Format(time.RFC3339Nano), hi.UTC().Format(time.RFC3339Nano)
	} else if c.Verdict.NotBefore() {
		line.Earliest = line.Time
	} else if c.Verdict.NotAfter() {
		line.Latest = line.Time
	}
	if l.family != nil {
		line.Lane, line.Relation = string(c.Lane), string(l.family[string(c.Key)])
	}
	if l.joined.has(c.Key) {
		line.Etcd, line.Relation = l.joined.etcd, string(family.Event)
	}
	if c.Type != etcdsource.Deleted {
		n := len(c.Value)
		line.Bytes = &n
	}
	if l.changes && c.Type == etcdsource.Updated && c.Before != nil {
		changes := c.Changes
		if changes == nil {
			changes = []diff.Change{}
		}
		line.Changes = &changes
	}
	return line
}

func objectOf(c *change.Change) (o objectLine) {
	if c.Ref.Name != "" {
		o.Group, o.Kind, o.Resource = &c.Ref.Group, c.Ref.Kind, c.Ref.Plural
		o.Namespace, o.Name = &c.Ref.Namespace, c.Ref.Name
		if c.Ref.Version != "" {
			o.APIVersion = c.Ref.APIVersion()
		}
		return o
	}
	obj := c.Object
	if obj == nil {
		obj = c.Before
	}
	if obj == nil || !obj.IsKubernetes() {
		return o
	}
	o.Group, o.APIVersion, o.Kind = &obj.Group, obj.APIVersion, obj.Kind
	return o
}

// gapLine is a gap as JSON.
type gapLine struct {
	Gap struct {
		From int64 `json:"from"`
		To   int64 `json:"to"`
	} `json:"gap"`
	Reason string `json:"reason"`
}

// gap prints a line for revisions that cannot be seen, as far as they were asked for.
func (l *logger) gap(w etcdsource.Window) error {
	if l.from > w.To || l.to > 0 && l.to < w.From {
		return nil
	}
	if l.flags.format == "json" {
		g := gapLine{Reason: w.Reason}
		g.Gap.From, g.Gap.To = w.From, w.To
		return l.out.json(g)
	}
	return l.out.line(l.out.paint(text.Warning, fmt.Sprintf("%8s  revisions %d to %d: %s", "gap", w.From, w.To, safe(w.Reason))))
}

var typeRoles = map[etcdsource.Type]text.Role{etcdsource.Created: text.Added, etcdsource.Updated: text.Changed, etcdsource.Deleted: text.Removed}

func (l *logger) textLine(o *out, c *attribution.Attributed) error {
	name := l.s.Kinds.Kubectl(l.s.Root, c.Key)
	if name == "" || l.flags.format == "wide" {
		name = string(c.Key)
	}
	name = clean.Key([]byte(name))
	when := fmt.Sprintf("%8d", c.Mod)
	if l.joined.has(c.Key) {
		when = o.paint(text.Muted, fmt.Sprintf("%8s", clean.Key([]byte(l.joined.etcd))))
	} else if c.Kept {
		when = o.paint(text.Muted, when)
	}
	wide := l.flags.format == "wide"
	var b strings.Builder
	if l.family != nil {
		when += "  " + fmt.Sprintf("%-11s", c.Lane)
	}
	b.WriteString(when + " " + o.paint(text.Muted, l.bound(&c.Verdict)+clockTime(c.Verdict.Time)) + "  " + l.writerCell(o, &c.Verdict, wide))
	b.WriteString("  " + o.paint(typeRoles[c.Type], fmt.Sprintf("%-7s", c.Type)) + "  ")
	if c.Summary == "" || c.Summary == c.Type.String() {
		b.WriteString(o.paint(text.Key, name))
	} else {
		b.WriteString(o.paint(text.Key, padded(name, nameCell)) + "  " + o.paint(text.Muted, c.Summary))
	}
	if wide {
		b.WriteString(o.paint(text.Muted, l.stored(c)))
		if lo, hi, vague := c.Verdict.Bounds(); vague {
			b.WriteString(o.paint(text.Muted, "  between "+lo.UTC().Format("15:04:05.0")+" and "+hi.UTC().Format("15:04:05.0")))
		}
	}
	err := o.line(b.String())
	if err == nil && c.OutOfBand != "" {
		err = o.line("          " + o.paint(text.Warning, c.Evidence))
	} else if err == nil && wide && c.Evidence != "" {
		err = o.line("          " + o.paint(text.Muted, c.Evidence))
	}
	if err != nil || !l.changes {
		return err
	}
	return o.changes("            ", c.Changes)
}

// stored is which version of its key a change stored.
func (l *logger) stored(c *attribution.Attributed) string {
	s := fmt.Sprintf("  version %d, %d bytes", c.Version, len(c.Value))
	if l.joined.has(c.Key) {
		s += fmt.Sprintf(", revision %d of its own etcd", c.Mod)
	}
	return s
}

// glyphs are the signs that a terminal can draw.
func (a *app) glyphs() *theme.Glyphs {
	if a.flags.screen.ascii {
		return &theme.ASCII
	}
	return &theme.Unicode
}

// bound is the sign before a time that is only a bound, else as many blanks.
func (l *logger) bound(v *attribution.Verdict) string {
	g := l.glyphs()
	return padded(g.Bound(v.NotBefore(), v.NotAfter()), ansi.StringWidth(g.NotBefore))
}

// The widths of the columns with the writer and the object. A longer writer is cut in its middle, unless -o wide shows all of it; the
// name of an object is not, and what follows it is moved.
const (
	writerCell     = 28
	wideWriterCell = 52
	nameCell       = 40
)

// padded is text with blanks up to a width.
func padded(s string, w int) string {
	return s + strings.Repeat(" ", max(w-ansi.StringWidth(s), 0))
}

// writerCell is the column with the grade and the writer: its controller where that is known, with wide both.
func (l *logger) writerCell(o *out, v *attribution.Verdict, wide bool) string {
	if wide || v.Writer == "" {
		return padded(l.writer(o, v), map[bool]int{true: wideWriterCell, false: writerCell}[wide])
	}
	s := v.Confidence.Mark(l.flags.screen.ascii) + " " + v.Name()
	if v.Lane == attribution.LaneClient {
		s += person(v)
	}
	return padded(clean.Middle(s, writerCell), writerCell)
}

// writer is the mark of the grade and the writer.
func (l *logger) writer(o *out, v *attribution.Verdict) string {
	s := v.Confidence.Mark(l.flags.screen.ascii) + " "
	if v.Writer == "" {
		return o.paint(text.Muted, s+attribution.NotKnown)
	}
	s += v.Writer
	if v.Controller != "" && v.Controller != v.Writer {
		s += " (" + v.Controller + ")"
	}
	if v.Lane == attribution.LaneClient {
		s += person(v)
	}
	return s
}

// person is who comes after a client, where the audit log has it.
func person(v *attribution.Verdict) string {
	switch {
	case v.User == "":
		return ""
	case v.As != "":
		return " by " + v.User + " as " + v.As
	}
	return " by " + v.User
}

// clockTime is a time to the second, blanks where there is none.
func clockTime(t time.Time) string {
	if t.IsZero() {
		return strings.Repeat(" ", len("2006-01-02T15:04:05Z"))
	}
	return t.UTC().Format(time.RFC3339)
}

// changes writes fields that differ, two lines for one that was replaced.
func (o *out) changes(indent string, list []diff.Change) error {
	for i := range list {
		c := &list[i]
		path := clean.Key([]byte(c.Path))
		var err error
		switch c.Op {
		case diff.Add:
			err = o.line(indent + o.paint(text.Added, "+ "+path+": "+change.Value(c.New)))
		case diff.Remove:
			err = o.line(indent + o.paint(text.Removed, "− "+path+": "+change.Value(c.Old)))
		default:
			err = o.line(indent + o.paint(text.Changed, "~ "+path+": ") + o.paint(text.Removed, change.Value(c.Old)) + " → " + o.paint(text.Added, change.Value(c.New)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// safe makes a line of text safe that may quote what is stored.
func safe(s string) string {
	out, _, _ := clean.Line(s, 1)
	return out
}
