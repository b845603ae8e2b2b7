package view

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/words"
)

// OfflineMsg says what this machine knows of a cluster that could not be opened.
type OfflineMsg struct {
	host.To
	Offline etcdsource.Offline
	Report  *health.Report // nil where nothing is known of its members
}

// LookOffline looks for what can be read in the place of a cluster that could not be opened, and asks its members.
func (t *View) LookOffline() tea.Cmd {
	deps, target := t.Host.Deps(), t.Opening.Target
	var p *etcdsource.Problem
	if deps.Offline == nil || target.Path != "" || target.Demo || !words.AsProblem(t.Opening.Err, &p) {
		return nil
	}
	to := host.To{Tab: t.ID}
	return host.Job(t.Ctx, func(ctx context.Context) tea.Msg {
		msg := OfflineMsg{To: to, Offline: deps.Offline(ctx, target)}
		if p, err := deps.Ask(ctx, target, &msg.Offline); err == nil && len(p.Members) > 0 {
			msg.Report = health.Judge(health.Input{Probe: p, Site: health.Site{Distribution: msg.Offline.Distribution, DataDir: msg.Offline.DataDir, Node: msg.Offline.Node}, Offline: &msg.Offline})
		}
		return msg
	})
}

// OnOffline takes what was found. A source that was tried again meanwhile needs it no more.
func (o *Opening) OnOffline(msg *OfflineMsg) {
	if o.Err != nil {
		o.Offline, o.Report = &msg.Offline, msg.Report
	}
}

// InPlace is what enter opens in the place of the cluster, nil for nothing.
func (o *Opening) InPlace() *etcdsource.Copy {
	if o.Err == nil || o.Offline == nil {
		return nil
	}
	return o.Offline.Best()
}

// openLabel says what InPlace is.
func openLabel(c *etcdsource.Copy) string {
	what := "this node's data directory"
	switch {
	case c.DataDir && c.Running:
		what = "a copy of this node's data directory"
	case !c.DataDir:
		what = "the newest backup"
	}
	return "opens " + what + ", the file, not the server: " + clean.Key([]byte(c.Path))
}

// Members says, a line each, what is known of the members of a cluster that could not be opened.
func (o *Opening) Members() (lines []string) {
	r := o.Report
	if o.Err == nil || r == nil {
		return nil
	}
	lines = append(lines, clean.Text(words.Upper(r.Sentence))+".")
	var up []string
	for i := range r.Rows {
		m := &r.Rows[i]
		if m.Answered {
			up = append(up, clean.Key([]byte(m.Endpoint)))
		}
		s := clean.Key([]byte(m.Label()))
		if at := clean.Key([]byte(m.Endpoint)); at != "" && at != s {
			s += " at " + at
		}
		s += ": " + string(m.Role)
		if m.Fault != "" {
			s += ", " + clean.Text(m.Fault)
		}
		lines = append(lines, s)
	}
	if len(up) > 0 {
		lines = append(lines, "Those that answer: etcdscope --endpoints "+strings.Join(up, ","))
	}
	return append(lines, "Which command comes next: etcdscope health")
}
