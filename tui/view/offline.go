package view

import (
	"context"
	"os"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/dialog"
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
	if deps.Offline == nil || target.Demo || !words.AsProblem(t.Opening.Err, &p) {
		return nil
	}
	to := host.To{Tab: t.ID}
	if target.Path != "" {
		return host.Job(t.Ctx, func(ctx context.Context) tea.Msg {
			return OfflineMsg{To: to, Offline: backupsIn(ctx, deps, target.Path)}
		})
	}
	return host.Job(t.Ctx, func(ctx context.Context) tea.Msg {
		msg := OfflineMsg{To: to, Offline: deps.Offline(ctx, target)}
		if p, err := deps.Ask(ctx, target, &msg.Offline); err == nil && len(p.Members) > 0 {
			msg.Report = health.Judge(health.Input{Probe: p, Site: health.Site{Distribution: msg.Offline.Distribution, DataDir: msg.Offline.DataDir, Node: msg.Offline.Node}, Offline: &msg.Offline})
		}
		return msg
	})
}

// backupsIn is what can be opened of a folder that is not one source: its newest backup.
func backupsIn(ctx context.Context, deps *host.Deps, path string) (off etcdsource.Offline) {
	if st, err := os.Stat(path); err != nil || !st.IsDir() || deps.List == nil {
		return off
	}
	list, _ := deps.List(ctx, path) // the error of opening it is on the screen
	for i := range list {
		if b := &list[i]; !b.Foreign && !b.ChangesOnly() && b.Problem == "" {
			off.Copies = append(off.Copies, etcdsource.Copy{Path: b.Path, Revision: b.Revision, Time: b.Time, Verdict: b.Verdict})
			break
		}
	}
	return off
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

// strange is what a copy holds where it is not what the members that answer hold, "" where nothing shows that.
func (o *Opening) strange(c *etcdsource.Copy) string {
	r := o.Report
	switch {
	case r == nil || r.Answers == 0:
		return ""
	case r.NonMember != nil && r.NonMember.Dir == c.Path:
		return r.NonMember.Holds()
	case c.Cluster != 0 && r.Cluster != 0 && c.Cluster != r.Cluster:
		return (&health.NonMember{}).Holds()
	}
	return ""
}

// openLabel is the label of the key that opens it.
func (o *Opening) openLabel(c *etcdsource.Copy) string {
	if s := o.strange(c); s != "" {
		return "opens " + strings.TrimSuffix(s, " than the one that answers") + ": " + clean.Key([]byte(c.Path))
	}
	if o.Target.Path != "" {
		return "opens it"
	}
	return "opens the file, not the server: " + clean.Key([]byte(c.Path))
}

// openCopy opens it; where it is not what the members that answer hold, only after asking.
func openCopy(t *View, c *etcdsource.Copy) tea.Cmd {
	open := func() tea.Cmd {
		_, cmd := t.Host.Open(host.Target{Path: c.Path}, false)
		return cmd
	}
	s := t.Opening.strange(c)
	if s == "" {
		return open()
	}
	lines := []string{clean.Key([]byte(c.Path)) + " holds " + s + ".", "It is not what the API servers read and write. Open it all the same?"}
	t.Host.Push(dialog.NewConfirm("Not the cluster's data", words.Wrapped(lines, min(t.Host.Width()-12, 76)), open))
	return nil
}

// say says what it is.
func (o *Opening) say(c *etcdsource.Copy) string {
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
	switch s := o.strange(c); {
	case s != "":
		what += " (" + s + ")"
	case c.Unproven:
		what += " (whether it is of the cluster that was asked for is not known)"
	}
	return what
}

// Members says, a line each, what is known of a cluster that could not be opened: what can be read in its place, its members.
func (o *Opening) Members(source func(path, etcd string) []string) (lines []string) {
	r := o.Report
	if c := o.InPlace(); c != nil && (r == nil || r.NonMember == nil || r.NonMember.Dir != c.Path) { // else it is said below
		lines = append(lines, o.say(c))
	}
	if o.Err == nil || r == nil {
		return lines
	}
	lines = append(lines, clean.Text(words.Upper(r.Sentence))+".")
	if r.NonMember != nil {
		lines = append(lines, clean.Text(words.Upper(r.NonMember.Says(r)))+".")
	}
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
