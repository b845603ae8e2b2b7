package print

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// planLine is the plan without its warnings, needs and steps.
type planLine struct {
	Plan         string           `json:"plan"` // the file
	Revision     int64            `json:"revision"`
	Keys         int64            `json:"keys"`
	Bytes        int64            `json:"bytes"`
	Distribution string           `json:"distribution"`
	Members      []restore.Member `json:"members"`
	From         string           `json:"membersFrom"`
	Bump         uint64           `json:"bump"`
	BumpWhy      string           `json:"bumpWhy"`
	NoBump       string           `json:"noBump,omitempty"`
	DataDir      string           `json:"dataDir"`
	Owner        string           `json:"owner"`
	Mode         string           `json:"mode"`
	Free         *int64           `json:"free,omitempty"`
	Starts       string           `json:"starts"`
	Token        string           `json:"token"`
}

// print prints the plan: what stops it, other dangers, what it is, what it needs, its steps.
func (r *restorer) print(p *restore.Plan) error {
	for i := range p.Warnings {
		if len(p.Steps) == 0 && !p.Warnings[i].Stop {
			continue // of a damaged file what else is wrong is not known
		}
		if err := r.warning(&p.Warnings[i]); err != nil {
			return err
		}
	}
	if len(p.Steps) == 0 {
		return nil
	}
	if err := r.head(p); err != nil {
		return err
	}
	if err := r.needs(p); err != nil {
		return err
	}
	checks := false
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Check && !checks && r.flags.format != "json" {
			checks = true
			if err := r.lines("", r.out.paint(text.Key, "AFTER THE RESTORE")); err != nil {
				return err
			}
		}
		if err := r.step(s); err != nil {
			return err
		}
	}
	return nil
}

func (r *restorer) lines(list ...string) error {
	for _, l := range list {
		if err := r.out.line(l); err != nil {
			return err
		}
	}
	return nil
}

func (r *restorer) warning(w *restore.Warning) error {
	for i, n := range w.Names {
		w.Names[i] = clean.Key([]byte(n))
	}
	w.Text, w.Detail = clean.Text(w.Text), clean.Text(w.Detail)
	if r.flags.format == "json" {
		return r.out.json(w)
	}
	word, role := "WARNING", text.Warning
	if w.Stop {
		word, role = "STOP", text.Error
	}
	if err := r.lines(r.out.paint(role, fmt.Sprintf("%-8s", word))+w.Text, "        "+w.Detail); err != nil {
		return err
	}
	for _, n := range w.Names {
		if err := r.out.line("        - " + n); err != nil {
			return err
		}
	}
	return nil
}

func (r *restorer) head(p *restore.Plan) error {
	l := planLine{Plan: clean.Key([]byte(p.File.Path)), Revision: p.File.Revision, Keys: p.File.Keys, Bytes: p.File.Bytes, Distribution: p.Distribution, Members: p.Members, From: p.From,
		Bump: p.Bump, BumpWhy: clean.Text(p.BumpWhy), NoBump: p.NoBump, DataDir: p.DataDir, Owner: p.Owner, Mode: p.Mode, Starts: p.Starts, Token: p.Token}
	if p.Free >= 0 {
		l.Free = &p.Free
	}
	if r.flags.format == "json" {
		return r.out.json(l)
	}
	var list []string
	if len(p.Warnings) > 0 {
		list = append(list, "")
	}
	list = append(list, r.out.paint(text.Key, "RESTORE OF "+l.Plan)+fmt.Sprintf("  revision %d, %s, %s", l.Revision, widget.Plural(int(l.Keys), "key"), size(l.Bytes)))
	row := func(name, value string) { list = append(list, fmt.Sprintf("  %-13s %s", name, value)) }
	row("distribution", p.Distribution+", "+p.DistributionFrom)
	for i, x := range p.Members {
		name := "members"
		if i > 0 {
			name = ""
		}
		say := safe(x.Name) + "  " + safe(strings.Join(x.PeerURLs, ","))
		if x.Node != x.Name {
			say += "  on " + safe(x.Node)
		}
		if x.Here {
			say += "  (this node)"
		}
		row(name, say)
	}
	row("", "from "+p.From)
	switch {
	case p.NoBump != "":
		row("bump", p.NoBump)
	case p.Bump == 0:
		row("bump", "none, as given")
	default:
		row("bump", fmt.Sprintf("%d, marked compacted: %s", p.Bump, l.BumpWhy))
	}
	free := ""
	if p.Free >= 0 {
		free = ", " + size(p.Free) + " free on this node"
	}
	row("data dir", safe(p.DataDir)+"  owner "+safe(p.Owner)+", mode "+p.Mode+free)
	row("starts with", p.Starts)
	if len(p.Against) > 0 {
		row("held against", safe(strings.Join(p.Against, ", ")))
	}
	return r.lines(list...)
}

func (r *restorer) needs(p *restore.Plan) error {
	if len(p.Needs) == 0 {
		return nil
	}
	if r.flags.format != "json" {
		if err := r.lines("", r.out.paint(text.Key, "NEEDED, AND IN NO SNAPSHOT")); err != nil {
			return err
		}
	}
	for _, n := range p.Needs {
		n.What, n.Why = clean.Text(n.What), clean.Text(n.Why)
		if r.flags.format == "json" {
			if err := r.out.json(n); err != nil {
				return err
			}
			continue
		}
		role := map[string]text.Role{restore.Present: text.OK, restore.Missing: text.Error}[n.State]
		line := "  " + r.out.paint(role, fmt.Sprintf("%-10s", n.State)) + fmt.Sprintf("%-28s", n.What)
		for _, more := range []string{safe(n.Path), n.Why} {
			if more != "" {
				line += "  " + more
			}
		}
		if err := r.out.line(line); err != nil {
			return err
		}
	}
	if r.flags.format != "json" && !p.OnNode {
		return r.out.line("  this is no node of the cluster: run it on one, or with --root, to check them")
	}
	return nil
}

func (r *restorer) step(s *restore.Step) error {
	if r.flags.format == "json" {
		return r.out.json(s)
	}
	list := []string{"", r.out.paint(text.Key, fmt.Sprintf("%d. %s", s.Number, safe(s.Node))) + "  " + clean.Text(s.Title)}
	for l := range strings.Lines(s.Command) {
		list = append(list, "     "+safe(strings.TrimRight(l, "\n")))
	}
	if s.Why != "" {
		list = append(list, r.out.paint(text.Muted, "   why:     ")+clean.Text(s.Why))
	}
	if s.Mistake != "" {
		list = append(list, r.out.paint(text.Warning, "   mistake: ")+clean.Text(s.Mistake))
	}
	if s.Undo != "" {
		for i, l := range strings.Split(s.Undo, "\n") {
			head := "            "
			if i == 0 {
				head = r.out.paint(text.Muted, "   undo:    ")
			}
			list = append(list, head+safe(l))
		}
	}
	return r.lines(list...)
}
