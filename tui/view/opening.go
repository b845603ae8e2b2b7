package view

import (
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/widget"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Opening is how the source of a view is opened.
type Opening struct {
	Target host.Target
	Begun  time.Time
	Err    error               // why it could not be opened
	Below  []etcdsource.Source // that the source is on, and that are closed after it
	Far    string              // how far it is, "" where that is not known
	// Offline and Report are what this machine knows of a cluster that could not be opened, and of its members; nil until
	// that was looked for.
	Offline *etcdsource.Offline
	Report  *health.Report
	again   again
	// Moved leads to another cluster that answers at the address of a member, while none of the one that was opened does; the zero
	// one for none.
	Moved etcdsource.Attempt
}

// Again is the target that opens the source again: the cluster that answers in its place now, where there is one.
func (o *Opening) Again() host.Target {
	t := o.Target
	if o.Moved.Endpoint != "" {
		t.Attempt = o.Moved
	}
	return t
}

// OpenedMsg is a source that was opened, or why it was not.
type OpenedMsg struct {
	host.To
	Opened *learn.Opened
	Err    error
}

// Drop implements host.Dropper.
func (m OpenedMsg) Drop() tea.Cmd {
	if m.Opened == nil {
		return nil
	}
	return func() tea.Msg { _ = m.Opened.Source.Close(); return nil }
}

// Connect begins to open the source of a view.
func (t *View) Connect() tea.Cmd {
	t.Opening.Far, t.Opening.Err, t.Opening.Offline, t.Opening.Report, t.Opening.again = "", nil, nil, nil, again{}
	return openSource(t)
}

// openSource opens the source of a view.
func openSource(t *View) tea.Cmd {
	open, id, ctx, target := t.Host.Deps().Open, t.ID, t.Ctx, t.Opening.Target
	report, next, end := Progress(id)
	return tea.Batch(next, func() (msg tea.Msg) {
		defer end()
		defer host.Recovered(&msg)
		o, err := open(ctx, target, report)
		return OpenedMsg{host.To{Tab: id}, o, err}
	})
}

// Partly reports whether a file that could not be opened can be, as far as it can be read.
func (o *Opening) Partly() bool {
	var p *etcdsource.Problem
	return o.Err != nil && words.AsProblem(o.Err, &p) && p.Partly && !o.Target.NoVerify
}

// Asks is what a packed file takes that is unpacked only when the user allows it, nil for nothing.
func (o *Opening) Asks() *etcdsource.UnpackError {
	var much *etcdsource.UnpackError
	if !errors.As(o.Err, &much) || much.Allow() <= o.Target.MaxUnpack {
		return nil
	}
	return much
}

// Failed says, as safe text, why the source could not be opened.
func (o *Opening) Failed() string {
	if o.Target.Etcd != "" {
		return "Etcd " + clean.Key([]byte(o.Target.Etcd)) + " of this node: " + clean.Error(o.Err)
	}
	return clean.Error(o.Err)
}

// AllTheSame is the label of the key for that, "" where there is nothing.
func (o *Opening) AllTheSame() string {
	switch {
	case o.Asks() != nil:
		return "unpacks it all the same"
	case o.Partly():
		return "opens what is readable"
	case o.InPlace() != nil:
		return o.openLabel(o.InPlace())
	}
	return ""
}

// OpenAnyway opens what was not opened without asking: what can be read of a damaged file, what takes much space, what lies
// in the place of a server.
func (t *View) OpenAnyway() tea.Cmd {
	switch {
	case t.Opening.Asks() != nil:
		t.AskUnpack()
	case t.Opening.Partly():
		t.Opening.Target.NoVerify, t.Opening.Err = true, nil
		return t.Connect()
	case sudoOf(t) != nil:
		return runSudo(sudoOf(t))
	case t.Opening.InPlace() != nil:
		return openCopy(t, t.Opening.InPlace())
	}
	return nil
}

// AskUnpack asks whether a packed file may take much space.
func (t *View) AskUnpack() {
	much := t.Opening.Asks()
	title := "Unpack it?"
	if much.Bytes >= 0 {
		title = "Unpack " + widget.Bytes(much.Bytes) + "?"
	}
	if much.Copied {
		title = "Copy " + widget.Bytes(much.Bytes) + "?"
	}
	t.Host.Push(dialog.NewConfirm(title, words.Wrapped(unpackLines(clean.Key([]byte(t.Opening.Target.String())), much), min(t.Host.Width()-12, 76)), func() tea.Cmd {
		if t.Opening.Asks() != much || t.Ctx.Err() != nil { // answered already, or closed
			return nil
		}
		t.Opening.Target.MaxUnpack, t.Opening.Err = much.Allow(), nil
		return t.Connect()
	}))
}

// unpackLines say what unpacking takes.
func unpackLines(name string, e *etcdsource.UnpackError) []string {
	first := name + " takes " + widget.Bytes(e.Bytes) + " when it is unpacked."
	if e.Copied {
		first = name + " lies in a bucket, and a copy takes " + widget.Bytes(e.Bytes) + "."
	}
	where := "It goes into a temporary file without a name in " + clean.Key([]byte(e.Folder))
	if e.Free >= 0 {
		where += ", where " + widget.Bytes(e.Free) + " are free"
	}
	if e.Bytes < 0 {
		first = name + " does not say how large it is when it is unpacked: it is more than " + widget.Bytes(e.Limit) + "."
		where += "; at most " + widget.Bytes(e.Allow()) + " are used"
	}
	return []string{words.Upper(first), where + "; nothing is left of it afterwards.", "", "Go on?"}
}

// remark says what the user should know of a source that was opened.
func (t *View) remark() {
	o, opts := t.Opened, t.Host.Options()
	switch {
	case o.NoKeys != nil:
		t.Host.Say(text.Warning, clean.Error(o.NoKeys)+"; encrypted values stay as they are")
	case etcdsource.Clusters(o.Source) != "":
		t.Host.Say(text.Warning, clean.Text(words.Upper(etcdsource.Clusters(o.Source)))+"; 8 says more.")
	case etcdsource.Limits(o.Source) != "":
		t.Host.Say(text.Warning, clean.Text(etcdsource.Limits(o.Source)))
	case o.Unread != nil:
		t.Host.Say(text.Warning, clean.Error(o.Unread))
	case opts.Hint != "":
		t.Host.Say(text.Warning, opts.Hint)
		opts.Hint = ""
	case len(o.Apart()) > 0:
		t.Host.Say(text.Warning, clean.Text(words.Upper(o.What()))+" are in an etcd of their own, which is in this tab too: a time moves both.")
	case o.Beside() != "" && t.Opening.Target.Etcd == "":
		t.Host.Say(text.Warning, clean.Text(words.Upper(o.Beside()))+".")
	case len(o.Roots) > 1:
		t.Host.Say(text.Warning, "There are "+widget.Plural(len(o.Roots), "Kubernetes root")+": this is "+clean.Key([]byte(o.Root))+"; g k opens another: "+clean.Key([]byte(strings.Join(o.Roots[1:], ", ")))+".")
	case o.Rootless() && o.Info.Keys != 0 && o.Info.Revision > 1: // at revision 1 there are none
		t.Host.Say(text.Warning, "No Kubernetes root found: the keys are shown as they are; --prefix names one.")
	case o.KeysFound != "":
		t.Host.Say(text.Plain, "Encrypted values are decrypted with the configuration that lies with the backup: "+clean.Key([]byte(o.KeysFound))+".")
	case o.AuditFound != "":
		t.Host.Say(text.Plain, "The audit log "+clean.Key([]byte(o.AuditFound))+" says who wrote: this node's API server keeps it.")
	}
}
