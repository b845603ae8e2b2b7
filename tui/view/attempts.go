package view

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
)

// attemptKeys open a cluster that could not be opened in another way: those of the panes, which are not there.
var attemptKeys = []keymap.Action{keymap.Pane1, keymap.Pane2, keymap.Pane3, keymap.Pane4, keymap.Pane5}

// Attempts are other ways to open a cluster that could not be opened: those that were found, with the members that answer first.
func (o *Opening) Attempts() []etcdsource.Attempt {
	if o.Err == nil || o.Offline == nil {
		return nil
	}
	var out []etcdsource.Attempt
	if o.Report != nil {
		for i := range o.Report.Rows {
			if m := &o.Report.Rows[i]; m.Answered && m.Endpoint != "" && o.may(m.Endpoint) {
				a := o.Offline.Access
				out = append(out, etcdsource.Attempt{Endpoint: m.Endpoint, CACert: a.CACert, Cert: a.Cert, Key: a.Key, From: "member " + m.Label() + ", which answers"})
			}
		}
	}
	for _, a := range o.Offline.Attempts {
		if !slices.ContainsFunc(out, func(b etcdsource.Attempt) bool { return b.Endpoint == a.Endpoint && a.Endpoint != "" }) {
			out = append(out, a)
		}
	}
	return out[:min(len(out), len(attemptKeys))]
}

// may reports whether a member that answers is worth another attempt: what was opened is not that one alone.
func (o *Opening) may(endpoint string) bool {
	return o.Target.Attempt.Endpoint != endpoint && (len(o.Offline.Endpoints) != 1 || o.Offline.Endpoints[0] != endpoint)
}

// AttemptLabel says what an attempt does.
func AttemptLabel(a *etcdsource.Attempt) string {
	var what []string
	if a.Endpoint != "" {
		what = append(what, clean.Key([]byte(a.Endpoint)))
	} else if a.Cert != "" {
		what = append(what, "the certificate "+clean.Key([]byte(a.Cert)))
	}
	return clean.End("tries "+strings.Join(what, " with ")+"  ("+clean.Key([]byte(a.From))+")", 200)
}

// Retry carries out an action where the source could not be opened.
func Retry(t *View, a keymap.Action) tea.Cmd {
	if a == keymap.Open {
		return t.OpenAnyway()
	}
	list := t.Opening.Attempts()
	if i := slices.Index(attemptKeys, a); i >= 0 && i < len(list) {
		t.Opening.Target.Attempt = list[i]
		return t.Connect()
	}
	return nil
}

// AttemptKey is the name of the key for an attempt.
func AttemptKey(i int) string {
	for _, b := range keymap.Table {
		if b.Action == attemptKeys[i] && len(b.Keys) > 0 {
			return keymap.Name(b.Keys[0])
		}
	}
	return ""
}
