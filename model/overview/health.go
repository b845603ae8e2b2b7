package overview

import (
	"context"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Members asks the members of a running cluster, each itself, what they can still lose; nil where they cannot be asked.
func Members(ctx context.Context, o *learn.Opened) *health.Report {
	prober, err := etcdsource.As[etcdsource.Prober](o.Source)
	if err != nil {
		return nil
	}
	in := health.Input{Site: health.Site{Distribution: o.Distribution, DataDir: o.DataDir, Node: o.Node}, Local: o.Local}
	if in.Probe, err = prober.Probe(ctx); err != nil {
		return nil
	}
	in.Place, _ = health.ReadPlace(ctx, o.Source, o.Decoder, o.Root, in.Probe.Members, o.Node)
	return health.Judge(in)
}

// health says of a running cluster what it can still lose, and what is wrong with it; nothing where nobody asked its members.
func (v *Overview) health(w *View) Section {
	s := Section{ID: "cluster", Title: "Cluster"}
	r := v.Health
	if r == nil {
		return s
	}
	to := Target{Screen: "health"}
	role := map[health.Verdict]text.Role{health.Healthy: text.OK, health.Degraded: text.Warning, health.NoQuorum: text.Error, health.Unknowable: text.Error}[r.Verdict]
	verdict := say(role, to, "%s: %s", r.Verdict, clean.Text(r.Sentence))
	verdict.Whole = true
	s.Lines = append(s.Lines, verdict)
	for _, wrong := range r.Wrong {
		s.Lines = append(s.Lines, say(text.Warning, to, "%s", clean.Text(wrong)))
	}
	var names []string
	for i := range r.Rows {
		m := &r.Rows[i]
		names = append(names, safe(m.Label())+" ("+string(m.Role)+")")
	}
	if m := r.NonMember; m != nil {
		names = append(names, safe(m.Label())+" ("+string(m.Role())+", of this node)")
	}
	s.Lines = append(s.Lines, say(text.Plain, to, "members: %s", strings.Join(names, ", ")))
	if c := firstToEnd(r); c != "" {
		s.Lines = append(s.Lines, say(text.Plain, to, "certificates: %s", c))
	}
	for i := range r.Advice {
		s.Lines = append(s.Lines, say(text.Warning, to, "to do: %s", clean.Text(r.Advice[i].Title)))
		if next := slices.IndexFunc(r.Advice[i].Steps, func(s health.Step) bool { return s.Command != "" }); i == 0 && next >= 0 {
			s.Lines = append(s.Lines, say(text.Plain, to, "  %s", clean.Text(r.Advice[i].Steps[next].Command)))
		}
	}
	s.Lines = s.Lines[:min(len(s.Lines), w.Most)]
	return s
}

// firstToEnd says which certificate ends first, of the members' and this client's; "" where none is known.
func firstToEnd(r *health.Report) string {
	var first etcdsource.Certificate
	of := ""
	for i := range r.Rows {
		for _, c := range r.Rows[i].Certificates {
			if of == "" || c.NotAfter.Before(first.NotAfter) {
				first, of = c, "certificate of "+safe(r.Rows[i].Label())
			}
		}
	}
	for _, c := range r.Own {
		if of == "" || c.NotAfter.Before(first.NotAfter) {
			first, of = c, strings.TrimSpace("certificate "+safe(c.File))
		}
	}
	if of == "" {
		return ""
	}
	return "the first that ends is the " + first.Of + " " + of + ", on " + first.NotAfter.UTC().Format("2006-01-02")
}
