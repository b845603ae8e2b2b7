// Package share is the feature that serves what is on the screen as a read-only Kubernetes API.
//
//	:serve ─► Deps.Serve (until it is stopped) ─► readyMsg: the kubeconfig ─► the header says so
//	:serve stop, the view closes, the program ends ─► endedMsg: nothing is left
package share

import (
	"context"
	"errors"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/dialog"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/view"
	"github.com/etcdscope/etcdscope/tui/words"
)

// Feature serves the source of a view.
type Feature struct {
	host host.Host
	v    *view.View
	run  *run // nil while nothing is served
}

// run is one run of the API.
type run struct {
	cancel  context.CancelFunc
	rev     int64 // 0 for now
	shared  host.Shared
	stopped bool
}

// New returns the feature for a view.
func New(h host.Host, v *view.View) host.Feature { return &Feature{host: h, v: v} }

// Act implements host.Feature.
func (f *Feature) Act(keymap.Action) (tea.Cmd, bool) { return nil, false }

// Update implements host.Feature.
func (f *Feature) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case readyMsg:
		f.onReady(msg)
	case endedMsg:
		f.onEnded(msg)
	default:
		return nil, false
	}
	return nil, true
}

// Back implements host.Feature: serving goes on.
func (f *Feature) Back() (tea.Cmd, bool) { return nil, false }

// Close implements host.Feature.
func (f *Feature) Close() {
	if f.run != nil {
		f.run.cancel()
	}
}

// Commands implements host.Commands.
func (f *Feature) Commands() []host.Command {
	return []host.Command{{Place: 127, Names: []string{"serve"}, Arg: "[stop|copy]", Help: "Serve what is on the screen as a read-only Kubernetes API, for kubectl", Run: f.serve}}
}

// readyMsg is a server that listens.
type readyMsg struct {
	host.To
	run    *run
	shared host.Shared
}

// endedMsg is one that does not any more.
type endedMsg struct {
	host.To
	run *run
	err error
}

// serve carries the command out.
func (f *Feature) serve(arg string) tea.Cmd {
	switch {
	case arg != "" && arg != "stop" && arg != "copy":
		f.host.Say(text.Warning, ":serve takes stop or copy, not "+clean.Key([]byte(arg))+".")
	case arg != "" && f.run == nil:
		f.host.Say(text.Muted, "Nothing is served; :serve alone serves what is on the screen.")
	case arg == "stop":
		f.run.stopped = true
		f.run.cancel()
	case arg == "copy":
		return f.copy()
	case f.run != nil && f.run.shared.Kubeconfig != "":
		f.show()
	case f.run == nil && f.host.Deps().Serve == nil:
		f.host.Say(text.Warning, "This build does not listen.")
	case f.run == nil:
		return f.start()
	}
	return nil
}

// start serves the store at the revision that the screen shows.
func (f *Feature) start() tea.Cmd {
	ctx, cancel := context.WithCancel(f.v.Ctx)
	r := &run{cancel: cancel, rev: f.v.State.At}
	f.run = r
	to, deps, known, source := host.To{Tab: f.v.ID}, f.host.Deps(), *f.v.Opened.Known, f.v.Opened.Source
	ready := make(chan host.Shared, 1)
	run := func() (msg tea.Msg) {
		defer cancel()
		defer close(ready)
		defer host.Recovered(&msg)
		return endedMsg{to, r, deps.Serve(ctx, &known, source, r.rev, func(s host.Shared) { ready <- s })}
	}
	return tea.Batch(run, func() tea.Msg {
		if s, ok := <-ready; ok {
			return readyMsg{to, r, s}
		}
		return nil
	})
}

func (f *Feature) onReady(msg readyMsg) {
	if f.run != msg.run {
		return
	}
	f.run.shared = msg.shared
	f.v.Work.Serving = "serving " + f.run.what()
	if f.host.Options().Reveal {
		f.v.Work.Serving += " with Secrets"
	}
	f.show()
}

// what is the time that is served.
func (r *run) what() string {
	if r.rev == 0 {
		return "now"
	}
	return "rev " + strconv.FormatInt(r.rev, 10)
}

// show says where it is served.
func (f *Feature) show() {
	s := f.run.shared
	lines := []string{f.screen() + " is served as a read-only Kubernetes API at", "",
		"    " + clean.Key([]byte(s.Server)), "",
		"In another shell, kubectl, k9s and other clients see it with", "",
		"    " + clean.Key([]byte(export(s))), "",
		"Contexts: " + clean.Key([]byte(strings.Join(s.Contexts, ", "))) + ". It listens on this machine only. :serve copy copies that line; it ends with the program, or by :serve stop.",
	}
	if f.run.rev != f.v.State.At {
		lines = append(lines, "", "It stays what it was when :serve began. For what the screen shows now: :serve stop, then :serve.")
	}
	title := func() string { return "Serving " + f.run.title() }
	text := words.Wrapped(lines, min(f.host.Width()-12, 90))
	f.host.Push(dialog.NewList(title, func() []string { return text }))
}

// screen names what is served: what the screen shows, where it does.
func (f *Feature) screen() string {
	if f.run.rev != f.v.State.At {
		return words.Upper(f.run.what()) + ", not what is on the screen,"
	}
	return "What is on the screen (" + f.run.what() + ")"
}

// title says what is served, also after it has ended.
func (r *run) title() string {
	if r == nil {
		return "has ended"
	}
	return r.what()
}

// export is the line that lets a shell's clients see it.
func export(s host.Shared) string { return "export KUBECONFIG=" + words.ShellWord(s.Kubeconfig) }

// copy copies that line.
func (f *Feature) copy() tea.Cmd {
	if f.run.shared.Kubeconfig == "" {
		return nil
	}
	f.host.Say(text.OK, "Copied: "+clean.Middle(clean.Key([]byte(export(f.run.shared))), max(f.host.Width()-20, 20)))
	return f.host.Clipboard(export(f.run.shared))
}

func (f *Feature) onEnded(msg endedMsg) {
	if f.run != msg.run {
		return
	}
	stopped := f.run.stopped
	f.run, f.v.Work.Serving = nil, ""
	switch {
	case msg.err == nil, errors.Is(msg.err, context.Canceled):
		if stopped {
			f.host.Say(text.Muted, "It is not served any more; its kubeconfig is removed.")
		}
	default:
		f.host.Say(text.Error, words.Upper(clean.Error(msg.err))+".")
	}
}
