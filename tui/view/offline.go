package view

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// OfflineMsg says what this machine knows of a cluster that could not be opened.
type OfflineMsg struct {
	host.To
	Offline etcdsource.Offline
	Report  *health.Report // nil where nothing is known of its members
}

// LookOffline looks for what can be read in the place of a cluster that could not be opened, and asks its members.
func LookOffline(t *View) tea.Cmd {
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

// Take takes a message about a source that is being opened, or could not be; false for any other.
func (o *Opening) Take(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case ProgressMsg:
		o.onProgress(&msg)
		return msg.Next, true
	case OfflineMsg:
		if o.Err != nil { // else it was tried again meanwhile
			o.Offline = &msg.Offline
			o.judged(msg.Report)
		}
		return nil, true
	}
	return nil, false
}

// InPlace is what enter opens in the place of the cluster, nil for nothing.
func (o *Opening) InPlace() *etcdsource.Copy {
	if o.Err == nil || o.Offline == nil {
		return nil
	}
	return o.Offline.Best()
}

// openLabel is the label of the key that opens it.
func openLabel(c *etcdsource.Copy) string {
	return "opens the file, not the server: " + clean.Key([]byte(c.Path))
}

// say says what it is.
func say(c *etcdsource.Copy) string {
	what := "This node's data directory"
	switch {
	case c.DataDir && c.Running:
		what = "This node's data directory, which an etcd has open"
	case !c.DataDir:
		what = "The newest backup"
	}
	if c.Revision > 0 {
		what += ", up to revision " + widget.Thousands(c.Revision)
	}
	what += ": " + clean.Key([]byte(c.Path))
	if c.Unproven {
		what += " (whether it is of the cluster that was asked for is not known)"
	}
	return what
}

// Members says, a line each, what is known of a cluster that could not be opened: what can be read in its place, its members.
func (o *Opening) Members(source func(path, etcd string) []string) (lines []string) {
	if c := o.InPlace(); c != nil {
		lines = append(lines, say(c))
	}
	r := o.Report
	if o.Err == nil || r == nil {
		return lines
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
	if len(up) > 0 && len(o.Attempts()) == 0 {
		lines = append(lines, "Those that answer: etcdscope --endpoints "+strings.Join(up, ","))
	}
	line := []string{"etcdscope", "health"}
	if source != nil {
		line = append(line, source(o.Target.Path, o.Target.Etcd)...)
	}
	if refusal := refusalOf(r); refusal != "" {
		return append(lines, clean.Text(words.Upper(refusal))+". Then: "+ShellLine(withoutFiles(line)...))
	}
	return append(lines, "Which command comes next: "+ShellLine(line...))
}

// refusalOf is what to do where TLS fails with a member, "" where it does not.
func refusalOf(r *health.Report) string {
	for i := range r.Rows {
		if r.Rows[i].Role == health.Refused {
			return r.Rows[i].Refusal
		}
	}
	return ""
}

// withoutFiles puts a placeholder in the place of the certificates that a command names: TLS has failed with these.
func withoutFiles(line []string) []string {
	out := slices.Clone(line)
	for i, s := range out {
		name, _, joined := strings.Cut(s, "=")
		switch name {
		case "--cacert", "--cert", "--key":
		default:
			continue
		}
		if joined {
			out[i] = name + "=FILE"
		} else if i+1 < len(out) {
			out[i+1] = "FILE"
		}
	}
	return out
}
