package frame

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestCutOff: where there is no quorum, or no member answers, the key that shows what to do is named, except where that is shown.
func TestCutOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status etcdsource.Status
		silent bool
		quorum bool // the others said that there is none
		says   string
	}{
		{etcdsource.Status{State: etcdsource.Live}, false, true, ""},
		{etcdsource.Status{State: etcdsource.Live, NoQuorum: true}, false, false, "No leader, so no writes. 8 shows what to do. Read from m1."},
		{etcdsource.Status{State: etcdsource.Retrying, NoQuorum: true}, false, false, "No leader, so no writes. 8 shows what to do. What is on the screen stays. Reads ask m1."},
		{etcdsource.Status{State: etcdsource.Live, Unanswered: true}, false, false, ""},
		{etcdsource.Status{State: etcdsource.Live, Unanswered: true}, false, true, "No quorum, so no writes. 8 shows what to do. What is on the screen stays."},
		{etcdsource.Status{State: etcdsource.Live, Unanswered: true}, true, true, "No member answers. 8 shows what to do. What is on the screen stays."},
		{etcdsource.Status{State: etcdsource.Stale}, false, true, "No quorum, so no writes. 8 shows what to do. What is on the screen stays."},
		{etcdsource.Status{State: etcdsource.Retrying}, true, true, "No member answers. 8 shows what to do. What is on the screen stays."},
	} {
		v := &view.View{State: &session.State{Status: c.status, Info: etcdsource.Info{Member: "m1 (8e9e)"}}}
		v.Work.Silent, v.Work.NoQuorum = c.silent, c.quorum
		for scope, without := range map[keymap.Scope]string{keymap.Tree: "", keymap.Health: " 8 shows what to do."} {
			f := &Frame{Scene: Scene{Scopes: []keymap.Scope{scope}}}
			want := c.says
			if without != "" {
				want = strings.Replace(want, without, "", 1)
			}
			if got := strings.Join(f.cutOff(v), " "); got != want {
				t.Errorf("%+v: %q, want %q", c.status, got, want)
			}
		}
	}
}
