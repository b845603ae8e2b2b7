//go:build bench

package tty_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

var (
	guestKeys  = flag.Int("guest-keys", 200_000, "keys of the store")
	guestPairs = flag.Int("guest-pairs", 10, "windows without the program, each followed by one with it")
	guestTime  = flag.Duration("guest-time", 5*time.Second, "length of a window")
	guestPuts  = flag.Int("guest-puts", 50, "puts a second of the other client")
	guestRest  = flag.Duration("guest-rest", time.Minute, "how long the program shows a store at rest, twice; the same without it")
)

// guest is a store of many keys, and what is known of the etcd that holds it.
type guest struct {
	t *testing.B
	m *etcdtest.Member
	w *clientv3.Client
}

// fill writes the keys.
func (g *guest) fill() {
	value := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"ns"},"data":{"k":"` + strings.Repeat("x", 500) + `"}}`
	for i := 0; i < *guestKeys; i += 100 {
		var ops []clientv3.Op
		for j := i; j < min(i+100, *guestKeys); j++ {
			ops = append(ops, clientv3.OpPut(fmt.Sprintf("/registry/configmaps/ns-%03d/c-%06d", j%300, j), value))
		}
		if _, err := g.w.Txn(g.t.Context()).Then(ops...).Commit(); err != nil {
			g.t.Fatal(err)
		}
	}
}

// cpu is the processor time that etcd has used.
func (g *guest) cpu() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", g.m.PID()))
	if err != nil {
		g.t.Skip("processor time is read from /proc")
	}
	f := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// metrics are etcd's own counters: calls that were started by method, ranges, and bytes sent to clients.
func (g *guest) metrics() map[string]float64 {
	resp, err := http.Get(g.m.HTTP + "/metrics")
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]float64{}
	for s := bufio.NewScanner(resp.Body); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), "} ")
		if !strings.HasPrefix(name, "grpc_server_started_total") {
			if name, value, _ = strings.Cut(s.Text(), " "); name != "etcd_network_client_grpc_sent_bytes_total" && name != "etcd_debugging_mvcc_range_total" {
				continue
			}
		} else {
			_, name, _ = strings.Cut(name, `grpc_method="`)
			name, _, _ = strings.Cut(name, `"`)
		}
		n, _ := strconv.ParseFloat(value, 64)
		out[name] += n
	}
	return out
}

// puts writes a key at a steady rate for a time, and returns how long each took, and the processor time of etcd.
func (g *guest) puts(ctx context.Context, d time.Duration) (took []time.Duration, cpu time.Duration) {
	tick := time.NewTicker(time.Second / time.Duration(*guestPuts))
	defer tick.Stop()
	from := g.cpu()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		start := time.Now()
		if _, err := g.w.Put(ctx, "/other/k", "x"); err != nil {
			g.t.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	return took, g.cpu() - from
}

func (g *guest) open() *tty.Session {
	s := tty.Start(g.t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, program, "--endpoints", g.m.HTTP)
	s.See("LIVE")
	return s
}

func (g *guest) quit(s *tty.Session) {
	s.Keys("q")
	s.Wait()
}

func at(list []time.Duration, part float64) time.Duration {
	slices.Sort(list)
	return list[int(part*float64(len(list)-1))]
}

// BenchmarkGuest shows a store of many keys and measures what that costs etcd and its other clients:
//
//	go test -tags bench -timeout 0 -run '^$' -bench Guest -benchtime 1x ./tui/tuitest/tty
//
// etcd's processor time at rest with the program minus without, in its first minute and after it; its calls and bytes; and the 99th
// percentile of another client's puts, without and with it in turn.
func BenchmarkGuest(b *testing.B) {
	m := etcdtest.Members(b, 1, "")[0]
	g := &guest{t: b, m: m, w: m.Client()}
	defer g.w.Close()
	g.fill()
	for b.Loop() {
		g.rest()
		g.pairs()
	}
	b.ReportMetric(0, "ns/op")
}

// rest measures a store without writes.
func (g *guest) rest() {
	idle := func() time.Duration {
		from := g.cpu()
		time.Sleep(*guestRest)
		return g.cpu() - from
	}
	idle() // what came of the writes ends
	without := idle()
	before := g.metrics()
	from := g.cpu()
	s := g.open()
	time.Sleep(*guestRest)
	first, then := g.cpu()-from, idle()
	after := g.metrics()
	own := g.own(s)
	g.quit(s)
	for name, n := range after {
		if n -= before[name]; n > 0 && name != "" {
			g.t.Logf("%s: %.0f", name, n)
		}
	}
	g.t.Logf("its own count: %s", own[0])
	g.t.ReportMetric(number(own[1]), "own-requests")
	g.t.ReportMetric(number(own[2]), "own-keys-ranged")
	g.t.ReportMetric((first - without).Seconds(), "cpu-s-first")
	g.t.ReportMetric((then-without).Seconds()/guestRest.Seconds()*100, "cpu-%-then")
	g.t.ReportMetric(without.Seconds(), "cpu-s-without")
	g.t.ReportMetric(after["etcd_network_client_grpc_sent_bytes_total"]-before["etcd_network_client_grpc_sent_bytes_total"], "bytes-sent")
	g.t.ReportMetric(after["Range"]+after["RangeStream"]-before["Range"]-before["RangeStream"], "ranges")
}

// totals is how the screen of requests sums up: how many there were, and how many keys etcd went over for them.
var totals = regexp.MustCompile(`([\d,]+) requests, .* ([\d,]+) keys`)

// own is what the program itself has counted: the line, its requests, the keys.
func (g *guest) own(s *tty.Session) []string {
	s.Keys("@")
	s.See(" received, ")
	m := totals.FindStringSubmatch(s.Screen())
	s.Keys("\x1b")
	s.See("Selected") // a key that follows at once would be one with it
	if m == nil {
		g.t.Fatalf("the screen of requests has no totals:\n%s", s.Screen())
	}
	return m
}

func number(s string) float64 {
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	if err != nil {
		return -1
	}
	return n
}

// BenchmarkGuestHealth shows the health of three members at rest, and measures what passes through all connections to them:
//
//	go test -tags bench -timeout 0 -run '^$' -bench GuestHealth -benchtime 1x ./tui/tuitest/tty
func BenchmarkGuestHealth(b *testing.B) {
	net := etcdtest.NewNetwork(b, 3, "")
	passed := func() (n int64) {
		for _, p := range net.Clients {
			n += p.Passed()
		}
		return n
	}
	s := tty.Start(b, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, program, "--endpoints", net.Clients[0].URL)
	s.See("LIVE")
	s.Keys("8")
	s.See("you can lose 1")
	for b.Loop() {
		from := passed()
		time.Sleep(*guestRest)
		b.ReportMetric(float64(passed()-from)/guestRest.Seconds(), "wire-B/s")
	}
	s.Keys("q")
	s.Wait()
	b.ReportMetric(0, "ns/op")
}

// pairs measures another client's puts. The program is opened anew in each pair: opening is what asks the most.
func (g *guest) pairs() {
	var without, with, apart, cpus []time.Duration
	var times []float64
	for range *guestPairs {
		list, alone := g.puts(g.t.Context(), *guestTime)
		a := at(list, 0.99)
		opened := make(chan *tty.Session)
		go func() { opened <- g.open() }()
		list, both := g.puts(g.t.Context(), *guestTime)
		b := at(list, 0.99)
		g.quit(<-opened)
		g.t.Logf("p99 of puts without %s, with %s; etcd's processor time without %s, with %s", a, b, alone, both)
		without, with, apart, cpus = append(without, a), append(with, b), append(apart, b-a), append(cpus, both-alone)
		times = append(times, float64(b)/float64(a))
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	slices.Sort(times)
	g.t.ReportMetric(ms(at(without, 0.5)), "p99-ms-without")
	g.t.ReportMetric(ms(at(with, 0.5)), "p99-ms-with")
	g.t.ReportMetric(ms(at(apart, 0.5)), "p99-ms-more")
	g.t.ReportMetric(times[len(times)/2], "x-p99")
	g.t.ReportMetric(at(cpus, 0.5).Seconds(), "cpu-s-more")
}
