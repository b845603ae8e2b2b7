package view_test

import (
	"errors"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestNonMembersData: the data of a node's etcd that is no member of the cluster that answers is opened only after asking.
func TestNonMembersData(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		copy   etcdsource.Copy
		report *health.Report
		label  string
		asks   bool
	}{
		"none answers":       {etcdsource.Copy{Path: "/d", DataDir: true, Cluster: 8}, &health.Report{Cluster: 7}, "opens the file, not the server: /d", false},
		"of the cluster":     {etcdsource.Copy{Path: "/d", DataDir: true, Cluster: 7}, &health.Report{Cluster: 7, Answers: 2}, "opens the file, not the server: /d", false},
		"of another cluster": {etcdsource.Copy{Path: "/d", DataDir: true, Cluster: 8}, &health.Report{Cluster: 7, Answers: 2}, "opens data of another cluster: /d", true},
		"of a removed one": {etcdsource.Copy{Path: "/d", DataDir: true, Cluster: 7}, &health.Report{Cluster: 7, Answers: 2, NonMember: &health.NonMember{ID: 9, Cluster: 7, Dir: "/d", Removed: true}},
			"opens old data of a removed member: /d", true},
	} {
		h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "cluster"))
		v.Host = h
		v.Opening.Err, v.Opening.Report = errors.New("nothing listens there"), c.report
		v.Opening.Offline = &etcdsource.Offline{Copies: []etcdsource.Copy{c.copy}}
		if got := v.Opening.AllTheSame(); got != c.label {
			t.Errorf("%s: %q", name, got)
		}
		v.OpenAnyway()
		if asked := len(h.Dialogs) == 1; asked != c.asks || asked == (len(h.Targets) == 1) {
			t.Errorf("%s: asked: %t", name, asked)
		}
	}
}
