package print

import (
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// unreadableLine is a value that cannot be read, in the JSON of report.
type unreadableLine struct {
	reportLine
	Resource string `json:"resource"`
	Fault    string `json:"fault"` // damaged, encrypted, unknownVersion, misplaced
	Why      string `json:"why"`
	Revision int64  `json:"revision"`
	Fails    bool   `json:"listFails,omitempty"` // the API server's LIST of the resource fails
}

// unreadable prints the values that cannot be read, the worst first: they come before all that is known of the others.
func (r *reporter) unreadable() error {
	all, more := r.seen.Unreadable.List()
	n := 0
	all = slices.DeleteFunc(all, func(v unreadable.Value) bool { return r.ns != "" && r.namespaceOf(v.Key) != r.ns })
	for _, group := range unreadable.Groups(all) {
		list, left := keep(r, group, nil)
		n += len(list)
		if r.flags.format == "json" {
			if err := r.unreadableJSON(list); err != nil {
				return err
			}
			continue
		}
		if err := r.unreadableText(group, list, left); err != nil {
			return err
		}
	}
	if more > 0 {
		r.warn("report: %d more values cannot be read; there was no room for them", more)
	}
	return r.foot(n)
}

// unreadableText prints the values of one resource: what follows from them, then the first of them.
func (r *reporter) unreadableText(group, list []unreadable.Value, left int) error {
	role := text.Warning
	if group[0].Fault == unreadable.Damaged {
		role = text.Error
	}
	if err := r.out.line(r.out.paint(role, unreadable.Headline(group))); err != nil {
		return err
	}
	for i := range list {
		v := &list[i]
		if err := r.out.line("  " + r.called(v.Key) + r.out.paint(text.Muted, fmt.Sprintf("  revision %d", v.Mod)) + "  " + v.Why); err != nil {
			return err
		}
	}
	if left > 0 {
		return r.out.line(r.out.paint(text.Muted, fmt.Sprintf("  and %d more", left)))
	}
	return nil
}

func (r *reporter) unreadableJSON(list []unreadable.Value) error {
	for i := range list {
		v := &list[i]
		l := unreadableLine{reportLine: reportLine{"unreadable", keyOf([]byte(v.Key)), v.Ref.Kind, v.Ref.Namespace, v.Ref.Name}, Resource: v.Ref.FullName(),
			Fault: v.Fault.String(), Why: v.Why, Revision: v.Mod, Fails: v.Fault == unreadable.Damaged}
		if err := r.out.json(l); err != nil {
			return err
		}
	}
	return nil
}

// outOfBandLine is a write that no API server made, in the JSON of report.
type outOfBandLine struct {
	reportLine
	Revision int64  `json:"revision"`
	Time     string `json:"time,omitempty"`
	Type     string `json:"type"`
	Why      string `json:"why"`
}

// past prints the writes that no API server made.
func (r *reporter) past() error {
	p := r.seen.Past()
	list, more := keep(r, p.Writes, func(a *attribution.Attributed) string { return r.namespaceOf(string(a.Key)) })
	if r.ns == "" {
		more += p.Count - len(p.Writes)
	}
	if r.flags.format != "json" {
		if err := r.head("Written past the API server", len(list), more); err != nil {
			return err
		}
	}
	for i := range list {
		a := &list[i]
		if r.flags.format == "json" {
			ref, _ := r.s.locate(a.Key)
			l := outOfBandLine{reportLine{"outOfBand", keyOf(a.Key), ref.Kind, ref.Namespace, ref.Name}, a.Mod, when(a.Verdict.Time), a.Type.String(), a.OutOfBand}
			if err := r.out.json(l); err != nil {
				return err
			}
			continue
		}
		err := r.out.line("  " + r.out.paint(text.Error, r.called(string(a.Key))) + r.out.paint(text.Muted, fmt.Sprintf("  %s at %d", a.Type, a.Mod)) + "  " + a.OutOfBand)
		if err != nil {
			return err
		}
	}
	return r.foot(len(list))
}

// maxUnknownNotes is of how many objects the unknown fields are named; the others are counted.
const maxUnknownNotes = 10

// problem says on stderr what of an object cannot be read, is not known, or is not what its key says.
func (a *app) problem(s *store, o *decode.Object) {
	a.trouble(s, o)
	if note := o.UnknownNote(); note != "" {
		a.warn("decode %s: %s", clean.Key(o.Key), note)
	}
}

// trouble is problem without the fields that this build does not know.
func (a *app) trouble(s *store, o *decode.Object) {
	why := o.Problem
	if ref, ok := s.locate(o.Key); ok {
		_, why = unreadable.Of(o, ref)
	}
	if why != "" {
		a.warn("decode %s: %s", clean.Key(o.Key), why)
	}
}
