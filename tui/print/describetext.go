package print

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/describe"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/unreadable"
)

// text prints an object.
func (d *describer) text(ctx context.Context, o *decode.Object, more bool) error {
	tree := o.Tree(d.s.view)
	fields := d.head(o, tree)
	fields = append(fields, describe.Fields(tree, "apiVersion", "kind", "metadata")...)
	fields = append(fields, d.endpointFields(ctx, o)...)
	fields = append(fields, d.ownerFields(ctx, o)...)
	p := &fieldPrinter{out: d.out}
	if more {
		p.line("")
		p.line("")
	}
	p.fields(fields, "")
	p.table("Written By", d.writeRows(o))
	if d.showEvents {
		p.table("Events", d.eventRows(o))
	}
	return p.err
}

// head are the fields that come first: the names, the columns of the table, and the metadata.
func (d *describer) head(o *decode.Object, tree map[string]any) (out []describe.Field) {
	add := func(label, value string) { out = append(out, describe.Field{Label: label, Value: value}) }
	ref, known := d.s.locate(o.Key)
	if known && !(o.Token() && !d.flags.reveal) {
		add("Name", ref.Name)
	}
	if known && ref.Namespaced {
		add("Namespace", ref.Namespace)
	}
	md, _ := tree["metadata"].(map[string]any)
	if tree != nil {
		out = append(out, pairs("Labels", md["labels"], "="), pairs("Annotations", md["annotations"], ": "))
	}
	if o.IsKubernetes() {
		add("API Version", o.APIVersion)
		add("Kind", o.Kind)
	}
	if known {
		out = append(out, d.cells(o, ref, tree)...)
	}
	add("Key", clean.Key(o.Key))
	add("Revision", fmt.Sprint(o.Mod))
	if !o.Created.IsZero() {
		add("Created", when(o.Created)+" ("+columns.Age(o.Created, d.now)+" ago)")
	}
	skip := []string{"name", "namespace", "labels", "annotations", "creationTimestamp", "resourceVersion", "managedFields", "ownerReferences"}
	return append(out, describe.Fields(md, skip...)...)
}

// cells are the columns of kubectl's table that no field has the name of.
func (d *describer) cells(o *decode.Object, ref kinds.Ref, tree map[string]any) (out []describe.Field) {
	taken := map[string]bool{"Name": true, "Namespace": true, "Labels": true, "Annotations": true}
	for name := range tree {
		taken[describe.Label(name)] = name != "status"
	}
	cols := columns.OfType(ref.Resource, o.APIVersion, true)
	for i, c := range columns.Row(cols, unreadable.Table(o, ref), o.Created) {
		label := heading(cols[i].Head)
		if cols[i].Age || taken[label] {
			continue
		}
		out = append(out, describe.Field{Label: label, Value: c.At(d.now)})
	}
	return out
}

// headings are the heads of columns that kubectl describe calls otherwise than by their words.
var headings = map[string]string{"CLUSTER-IP": "IP", "CONTAINER-RUNTIME": "Container Runtime Version", "MINPODS": "Min replicas", "MAXPODS": "Max replicas",
	"STORAGECLASS": "StorageClass", "VOLUMEMODE": "VolumeMode", "VOLUMEATTRIBUTESCLASS": "VolumeAttributesClass", "RECLAIMPOLICY": "ReclaimPolicy",
	"VOLUMEBINDINGMODE": "VolumeBindingMode", "ALLOWVOLUMEEXPANSION": "AllowVolumeExpansion", "INTERNAL-IP": "InternalIP", "EXTERNAL-IP": "ExternalIP", "PORT(S)": "Port(s)"}

// heading is the head of a column as a label: "NOMINATED NODE" is "Nominated Node", "OS-IMAGE" is "OS Image".
func heading(head string) string {
	if label := headings[head]; label != "" {
		return label
	}
	words := strings.FieldsFunc(head, func(r rune) bool { return r == ' ' || r == '-' })
	for i, w := range words {
		if !slices.Contains([]string{"IP", "OS", "CPU", "UID", "IPS"}, w) {
			words[i] = describe.Label(strings.ToLower(w))
		}
	}
	return strings.Join(words, " ")
}

// lastApplied is left out, as kubectl does: it is the object once more.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// pairs are labels or annotations, one a line.
func pairs(label string, m any, between string) describe.Field {
	set, _ := m.(map[string]any)
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(set)) {
		if k != lastApplied {
			lines = append(lines, k+between+strings.TrimSuffix(fmt.Sprint(set[k]), "\n"))
		}
	}
	if lines == nil {
		lines = []string{"<none>"}
	}
	return describe.Field{Label: label, Value: strings.Join(lines, "\n")}
}

// ownerFields are the owners, as text.
func (d *describer) ownerFields(ctx context.Context, o *decode.Object) []describe.Field {
	var lines []string
	for _, w := range d.owners(ctx, o, "") {
		s := w.Kind + "/" + w.Name
		switch {
		case w.Of != "" && w.Controller:
			s += " controls " + w.Of
		case w.Of != "":
			s += " owns " + w.Of
		case w.Controller:
			s += " controls it"
		default:
			s += " owns it"
		}
		switch {
		case w.other:
			s += "; it is gone: another object has its name now"
		case w.Exists != nil && !*w.Exists:
			s += "; it is gone"
		case w.Exists == nil:
			s += "; whether it is there is not known"
		}
		lines = append(lines, s)
	}
	if lines == nil {
		return nil
	}
	return []describe.Field{{Label: "Owners", Value: strings.Join(lines, "\n")}}
}

// writeRows are the last writes.
func (d *describer) writeRows(o *decode.Object) (rows [][]string) {
	for i := range d.writers[string(o.Key)] {
		w := &d.writers[string(o.Key)][i]
		mark := w.Verdict.Confidence.Mark(d.flags.screen.ascii) + " "
		who := "not known"
		if w.Verdict.Writer != "" {
			who = mark + w.Verdict.Name() + person(&w.Verdict)
		}
		at := "-"
		if !w.Verdict.Time.IsZero() {
			at = when(w.Verdict.Time)
		}
		rows = append(rows, []string{fmt.Sprint(w.Mod), at, who, w.Type.String(), w.Summary})
	}
	if rows == nil {
		return nil
	}
	return append([][]string{{"Revision", "Time", "Writer", "Type", "What"}}, rows...)
}

// eventRows are the Events, as kubectl describe has them.
func (d *describer) eventRows(o *decode.Object) (rows [][]string) {
	for _, h := range d.about(o) {
		message := h.Message
		if h.FieldPath != "" {
			message = h.FieldPath + ": " + message
		}
		rows = append(rows, []string{h.Type, h.Reason, h.Seen(d.now), h.From, message})
	}
	if rows == nil {
		return nil
	}
	return append([][]string{{"Type", "Reason", "Age", "From", "Message"}}, rows...)
}

// fieldPrinter prints fields, each below those that it is in, with their values below each other. It stops at the first error.
type fieldPrinter struct {
	out *out
	err error
}

func (p *fieldPrinter) line(s string) {
	if p.err == nil {
		p.err = p.out.line(s)
	}
}

func (p *fieldPrinter) fields(list []describe.Field, indent string) {
	wide := 0
	for i := range list {
		if f := &list[i]; f.Label != "" && f.Value != "" {
			wide = max(wide, ansi.StringWidth(safe(f.Label))+1)
		}
	}
	for i := range list {
		p.field(&list[i], indent, wide)
	}
}

// field prints one field; wide is how wide the labels beside it are.
func (p *fieldPrinter) field(f *describe.Field, indent string, wide int) {
	label := p.out.paint(text.Key, safe(f.Label)) + ":"
	switch {
	case f.Label == "" && len(f.Fields) > 0: // an item without a name
		p.fields(f.Fields, indent)
		return
	case f.Label == "":
		for s := range strings.SplitSeq(f.Value, "\n") {
			p.line(indent + safe(s))
		}
		return
	case f.Rows != nil:
		p.line(indent + label)
		p.rows(f.Rows, indent+"  ")
		return
	case f.Fields != nil:
		p.line(indent + label)
		p.fields(f.Fields, indent+"  ")
		return
	}
	lines := strings.Split(f.Value, "\n")
	at := indent + label + strings.Repeat(" ", max(wide-ansi.StringWidth(safe(f.Label)), 0)+1)
	for i, s := range lines {
		s = safe(s)
		if i > 0 {
			at = indent + strings.Repeat(" ", wide+2)
		}
		p.line(at + p.out.paint(columns.Role(s), s))
	}
}

// table prints a section of rows, "<none>" where there are none.
func (p *fieldPrinter) table(label string, rows [][]string) {
	label = p.out.paint(text.Key, label) + ":"
	if rows == nil {
		p.line(label + "  <none>")
		return
	}
	var dashes []string
	for _, h := range rows[0] {
		dashes = append(dashes, strings.Repeat("-", len(h)))
	}
	p.line(label)
	p.rows(slices.Insert(rows, 1, dashes), "  ")
}

// rows prints rows below each other; the first one has the heads.
func (p *fieldPrinter) rows(rows [][]string, indent string) {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i := range r {
			r[i] = safe(r[i])
			widths[i] = max(widths[i], ansi.StringWidth(r[i]))
		}
	}
	for n, r := range rows {
		var b strings.Builder
		b.WriteString(indent)
		for i, c := range r {
			role := columns.Role(c)
			if n == 0 {
				role = text.Muted
			}
			b.WriteString(p.out.paint(role, c))
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(c)+2))
			}
		}
		p.line(b.String())
	}
}
