package overview

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/reconcile"
)

// TestBriefDropsWholeParts: in few columns a line loses whole parts at its end, and what is most important comes first.
func TestBriefDropsWholeParts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	v := &Overview{Info: etcdsource.Info{Kind: etcdsource.KindFile, Name: "backup.db", Target: "/a/long/way/down/to/the/folder/of/backup.db"},
		Cluster: Cluster{Name: "prod", Kubernetes: "v1.36.3", Etcd: "3.6.0", Nodes: 2}, Window: Window{From: 1, To: 5643, FromTime: at, ToTime: at.Add(5 * time.Minute)},
		Keys: 1389, Resources: []Resource{{Name: "events", Keys: 1011}, {Name: "clusterroles.rbac.authorization.k8s.io", Keys: 70}, {Name: "pods", Keys: 17}},
		Account: &Account{History: true, NotConverged: 2, Deleted: 31, Worst: []reconcile.Status{{Key: "/registry/widgets/shop/w", Kind: "Widget", Why: []string{"waits"}}, {Key: "/registry/pods/shop/crash", Kind: "Pod", Why: []string{"restarts"}}}}}
	table := kinds.Builtin()
	w := View{Opened: &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: table}}, Now: at}
	for columns, want := range map[int][]string{
		45: {"file|backup.db", "cluster|prod, Kubernetes v1.36.3", "state|2 not converged;\n|31 deleted without an owner", "|pods/crash -n shop  restarts", "written|5m to 2026-03-01 10:05:00", "resources|1389 keys: events 1011"},
		90: {"file|/a/long/way/down/to/the/folder/of/backup.db", "cluster|prod, Kubernetes v1.36.3, etcd 3.6.0, 2 nodes", "resources|1389 keys: events 1011, clusterroles 70, pods 17"},
	} {
		var lines []string
		for _, l := range v.Brief(w, columns, 0).Lines {
			lines = append(lines, strings.Join(l.Cells, "|"))
			if l.To.Key == "" && ansi.StringWidth(l.Cells[1]) > columns-labelW {
				t.Errorf("in %d columns %q does not fit", columns, l.Cells)
			}
		}
		got := strings.Join(lines, "\n") + "\n"
		for _, x := range want {
			if !strings.Contains(got, x+"\n") {
				t.Errorf("in %d columns there is no %q:\n%s", columns, x, got)
			}
		}
		if strings.Index(got, "pods/crash") > strings.Index(got, "widgets/w") && strings.Contains(got, "widgets/w") {
			t.Errorf("the Pod is not first:\n%s", got)
		}
	}
}

// TestBriefNeverDropsWhatIsWrong: all that is wrong is there in few columns too, and rows that are left hold more resources and writers.
func TestBriefNeverDropsWhatIsWrong(t *testing.T) {
	t.Parallel()
	v := &Overview{Info: etcdsource.Info{Kind: etcdsource.KindFile, Name: "backup.db"}, Keys: 34, Resources: []Resource{{Name: "configmaps", Keys: 16}, {Name: "serviceaccounts", Keys: 12}, {Name: "pods", Keys: 6}},
		Account: &Account{History: true, Undecodable: 16, OutOfBand: 25, NotConverged: 3, Deleted: 5}}
	w := View{Opened: &learn.Opened{Known: &learn.Known{Root: "/registry/", Kinds: kinds.Builtin()}}}
	for rows, want := range map[int]string{0: "resources|34 keys: configmaps 16", 13: "resources|34 keys: configmaps 16,\n|serviceaccounts 12, pods 6"} {
		var lines []string
		for _, l := range v.Brief(w, 46, rows).Lines {
			lines = append(lines, strings.Join(l.Cells, "|"))
		}
		got := strings.Join(lines, "\n") + "\n"
		for _, x := range []string{"16 cannot be read", "25 written past the API server", "3 not converged", "5 deleted without an owner", want + "\n"} {
			if !strings.Contains(got, x) {
				t.Errorf("in %d rows there is no %q:\n%s", rows, x, got)
			}
		}
	}
}
