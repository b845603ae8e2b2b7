package view_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
	"github.com/etcdscope/etcdscope/tui/view"
)

// TestAttempts: a cluster that could not be opened offers members that answer, then what was found; each has a key, and none is
// offered while there is nothing wrong.
func TestAttempts(t *testing.T) {
	t.Parallel()
	h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindLive, "cluster"))
	v.Host = h
	o := &v.Opening
	o.Offline = &etcdsource.Offline{Endpoints: []string{"https://a:2379", "https://b:2379"}, Access: etcdsource.Access{CACert: "ca", Cert: "c", Key: "k"},
		Attempts: []etcdsource.Attempt{{CACert: "ca2", Cert: "/pki/c2\x1b[31m", Key: "k2", From: "a manifest"}, {Endpoint: "https://b:2379"}, {Endpoint: "https://c:2379", From: "member m3"}}}
	o.Report = &health.Report{Rows: []health.Row{{Member: etcdsource.Member{Name: "m1"}}, {Member: etcdsource.Member{Name: "m2", Answered: true, Endpoint: "https://b:2379"}}}}
	if got := o.Attempts(); got != nil {
		t.Errorf("nothing failed, and %v are offered", got)
	}
	o.Err = errors.New("no answer")
	list := o.Attempts()
	if len(list) != 3 || list[0].Endpoint != "https://b:2379" || list[0].Cert != "c" || list[1].Cert != "/pki/c2\x1b[31m" || list[2].Endpoint != "https://c:2379" {
		t.Fatalf("%+v", list)
	}
	if l := view.AttemptLabel(&list[1]); !strings.HasPrefix(l, "tries the certificate /pki/c2") || strings.Contains(l, "\x1b") {
		t.Errorf("%q", l)
	}
	if view.AttemptKey(1) != "2" {
		t.Errorf("its key is %q", view.AttemptKey(1))
	}
	if view.Retry(v, keymap.Pane4) != nil || view.Retry(v, keymap.Pane2) == nil || o.Target.Attempt != list[1] || o.Err != nil {
		t.Errorf("it tries %+v", o.Target.Attempt)
	}
}
