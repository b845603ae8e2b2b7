package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// TestEventsInOneTab opens a node with two etcds on the screen: the folder of Events shows the other one, a time moves both, a
// revision is refused, and the story of a Pod has its Events.
func TestEventsInOneTab(t *testing.T) {
	t.Parallel()
	root, main, events := twoEtcds(t)
	put := func(s *etcdtest.Server, key, value string) {
		if _, err := s.Writer().Put(etcdtest.Within(t, time.Minute), key, value); err != nil {
			t.Fatal(err)
		}
	}
	ago := func(m int) time.Time {
		return time.Now().Add(-time.Duration(m) * time.Minute).UTC().Truncate(time.Second)
	}
	put(main, "/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo","uid":"u-ns"}}`)
	for m := 30; m >= 0; m-- { // the clock of the main one
		put(main, "/registry/leases/kube-system/kube-controller-manager", fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"kube-controller-manager",
"namespace":"kube-system","uid":"u-lease"},"spec":{"holderIdentity":"cp_1","renewTime":%q}}`, ago(m).Format("2006-01-02T15:04:05.000000Z07:00")))
		if m == 15 {
			put(main, "/registry/pods/demo/web", `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"demo","uid":"u-web"},"status":{"phase":"Failed","reason":"Evicted"}}`)
		}
	}
	put(events, "/registry/events/demo/web.1", event("web.1", ago(20)))
	put(events, "/registry/events/demo/web.2", event("web.2", ago(10)))
	s := tty.Start(t, tty.Config{W: 160, H: 40, Env: []string{"TERM=xterm-256color"}}, program, "--root", root)
	s.See("own etcd")
	s.See("Events are in an etcd of their own, which is in this tab too: a time moves both.")
	s.Keys(":pods\r")
	s.See("Evicted")
	s.Keys("T30\r")
	s.See("a revision of one says nothing in the other: give a time")
	s.Keys("T17m\r")
	s.See("AS OF rev")
	s.Keys(":events\r")
	s.See("/events") // in the header
	s.See("1 in all")
	s.Keys("T5m\r")
	s.See("2 in all")
	s.Keys("0")
	s.Until("now", func() bool { return !strings.Contains(s.Screen(), "AS OF") })
	s.Keys(":/registry/pods/demo/web\r")
	s.See("Pod demo/web")
	s.Keys("5")
	s.See("Started: Started it")
	s.Keys("q")
	if code := s.Wait(); code != 0 {
		t.Errorf("exit %d, %s", code, s.Stderr())
	}
}
