package tui

import (
	"context"
	"errors"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestShare: :serve serves what is on the screen at its revision, the header says so, and it ends by :serve stop, by its own
// fault, and with the view.
func TestShare(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	type asked struct{ rev int64 }
	began, ended, fault := make(chan asked, 1), make(chan error, 1), make(chan error, 1)
	m.deps.Serve = func(ctx context.Context, known *learn.Known, src etcdsource.Source, rev int64, ready func(host.Shared)) error {
		if known == m.view().Opened.Known || src == nil {
			t.Error("what it knows is shared with the screen")
		}
		ready(host.Shared{Server: "https://127.0.0.1:1234", Kubeconfig: "/run/it is/kubeconfig", Contexts: []string{"now", "asof"}})
		began <- asked{rev}
		var err error
		select {
		case <-ctx.Done():
		case err = <-fault:
		}
		ended <- err
		return err
	}
	d := drive(t, m, 200, 60)
	listed(d)
	d.Command("serve stop")
	d.See("Nothing is served")
	d.Command("serve it")
	d.See("takes stop or copy")
	d.Command("serve")
	d.See("serving now")
	if a := <-began; a.rev != 0 {
		t.Errorf("it serves %d", a.rev)
	}
	d.See("https://127.0.0.1:1234")
	d.See("export KUBECONFIG='/run/it is/kubeconfig'")
	d.Press("esc")
	d.Command("serve copy")
	d.See("Copied: export KUBECONFIG=")
	d.Command("serve") // once more: where it is
	d.See("https://127.0.0.1:1234")
	d.Press("esc")
	d.Command("serve stop")
	<-ended
	d.See("not served any more")
	d.Gone("serving now")
	d.Fill("T", "3")
	d.See("AS OF rev 3")
	d.Command("serve")
	d.See("serving rev 3")
	if a := <-began; a.rev != 3 {
		t.Errorf("it serves %d, not what is on the screen", a.rev)
	}
	d.Press("esc")
	d.Press("0")
	d.Gone("AS OF")
	d.See("serving rev 3") // it stays what it was
	d.Command("serve")
	d.See("Rev 3, not what is on the screen, is served")
	d.See("For what the screen shows now")
	d.Press("esc")
	fault <- errors.New("listen on 127.0.0.1:0: no port is free")
	<-ended
	d.See("Listen on 127.0.0.1:0: no port is free.")
	d.Gone("serving rev 3")
	d.Command("serve")
	d.See("serving now")
	<-began
	d.Press("esc")
	m.view().Cancel() // as the program does when it ends
	<-ended
}
