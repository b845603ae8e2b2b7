//go:build bench

package tty_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

var (
	namesKeys  = flag.Int("names-keys", 100_000, "keys of the large store")
	namesPairs = flag.Int("names-pairs", 9, "times that the large store and that of one key are opened in turn")
	namesEtcd  = flag.String("names-etcd", "", "an etcd to be used instead of the linked one")
)

// shown are the first names on the screen: when they were there, and which requests etcd had started by then.
type shown struct {
	after    time.Duration
	requests int
	listed   time.Duration // when no name is waited for any more
}

// asks are the calls whose number counts.
var asks = []string{"Range", "RangeStream", "Status", "MemberList", "Watch", "Txn"}

func requestsOf(g *guest) (n int) {
	m := g.metrics()
	for _, call := range asks {
		n += int(m[call])
	}
	return n
}

// firstNames opens a store and looks at the screen until it has a name.
func (g *guest) firstNames(name string) (s shown) {
	before := requestsOf(g)
	start := time.Now()
	p := tty.Start(g.t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, program, "--endpoints", g.m.HTTP)
	for !strings.Contains(p.Screen(), name) {
		if time.Since(start) > tty.Patience {
			g.t.Fatalf("no %s on the screen:\n%s", name, p.Screen())
		}
		time.Sleep(time.Millisecond)
	}
	s.after, s.requests = time.Since(start), requestsOf(g)-before
	for screen := p.Screen(); strings.Contains(screen, "…"); screen = p.Screen() {
		if time.Since(start) > tty.Patience {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.listed = time.Since(start)
	g.quit(p)
	return s
}

// cluster writes a store as an API server has it, with many pods.
func (g *guest) cluster(ctx context.Context, pods int) {
	object := func(apiVersion, kind, name string) string {
		return fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{"name":%q,"namespace":"ns"},"data":{"k":%q}}`, apiVersion, kind, name, strings.Repeat("x", 500))
	}
	if _, err := g.w.Put(ctx, "/registry/namespaces/kube-system", object("v1", "Namespace", "kube-system")); err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i < pods; i += 100 {
		var ops []clientv3.Op
		for j := i; j < min(i+100, pods); j++ {
			ops = append(ops, clientv3.OpPut(fmt.Sprintf("/registry/%s/ns-%03d/c-%06d", []string{"configmaps", "events", "pods", "secrets"}[j%4], j%300, j), object("v1", "ConfigMap", "c")))
		}
		if _, err := g.w.Txn(ctx).Then(ops...).Commit(); err != nil {
			g.t.Fatal(err)
		}
	}
}

// BenchmarkFirstNames opens a large store and one of one key in turn, and measures when the first names are on the screen:
//
//	go test -tags bench -timeout 0 -run '^$' -bench FirstNames -benchtime 1x ./tui/tuitest/tty
//
// how much later that is than in the small store, in medians, and how many requests etcd had got by then.
func BenchmarkFirstNames(b *testing.B) {
	open := func(pods int) *guest {
		m := etcdtest.Members(b, 1, *namesEtcd)[0]
		g := &guest{t: b, m: m, w: m.Client()}
		b.Cleanup(func() { g.w.Close() })
		g.cluster(b.Context(), pods)
		return g
	}
	large, small := open(*namesKeys), open(0)
	var first, one, all []time.Duration
	var requests []int
	for b.Loop() {
		for range *namesPairs {
			s := large.firstNames("pods")
			o := small.firstNames("namespaces")
			b.Logf("%d keys: %s, %d requests, all listed %s; one key: %s, %d requests", *namesKeys, s.after, s.requests, s.listed, o.after, o.requests)
			first, one, all, requests = append(first, s.after), append(one, o.after), append(all, s.listed), append(requests, s.requests)
		}
	}
	slices.Sort(requests)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(at(first, 0.5)), "ms-first")
	b.ReportMetric(ms(at(one, 0.5)), "ms-one-key")
	b.ReportMetric(ms(at(first, 0.5)-at(one, 0.5)), "ms-more")
	b.ReportMetric(ms(at(all, 0.5)), "ms-listed")
	b.ReportMetric(float64(requests[len(requests)/2]), "requests")
	b.ReportMetric(float64(requests[len(requests)-1]), "requests-most")
	b.ReportMetric(0, "ns/op")
}
