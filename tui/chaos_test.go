//go:build chaos

package tui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// The chaos tests run the built program and the screen's feed against three members in processes of their own, behind
// proxies, while connections are cut and members are killed:
//
//	load ─► m0 m1 m2 ─► proxies ─► log --follow -o json ─┐
//	  │        ▲    └─► proxies ─► feed ─► session.State ─┴► account ─► compare
//	  │      kill, compact                                                 ▲
//	  └── what every answer said was written ──────────────────────────────┘
//
//	go test -tags chaos ./tui -run Chaos                                             as the gate does
//	go test -tags chaos ./tui -run Chaos -disconnects 1000 -kills 50 -timeout 60m    all of it
//
// Progress is counted, not timed: the next fault comes when both readers have come beyond the last one.
var (
	disconnects = flag.Int("disconnects", 100, "how often the connections are cut")
	kills       = flag.Int("kills", 5, "how often a member is killed")
	etcdProgram = flag.String("etcd", "", "an etcd program to start the members with; the one that is built in otherwise")
)

// A process that was started as a member serves, before any test is looked at.
func init() { etcdtest.Child() }

// built builds the program.
func built(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "etcdscope")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/etcdscope/etcdscope").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return path
}

// chaos is what goes on around the readers.
type chaos struct {
	t         *testing.T
	load      *load
	members   []*etcdtest.Member
	nets      [2][]*etcdtest.Proxy // of each reader, a proxy a member
	readers   [2]*account
	cut       [2]int
	killed    int
	away      atomic.Bool // the readers are kept from reading
	compacted atomic.Int64
	restarts  sync.WaitGroup
}

func TestChaos(t *testing.T) {
	c := &chaos{t: t, members: etcdtest.Members(t, 3, *etcdProgram)}
	c.load = newLoad(t, c.members)
	if _, err := c.load.client.Put(etcdtest.Within(t, time.Minute), "/registry/configmaps/other/first", string(configMap(loadRoot+"first", 0, ""))); err != nil {
		t.Fatal(err)
	}
	var urls [2][]string
	for i := range c.nets {
		for _, m := range c.members {
			p := etcdtest.NewProxy(t, m.URL)
			c.nets[i], urls[i] = append(c.nets[i], p), append(urls[i], p.URL)
		}
	}
	log, screen := follow(t, built(t), urls[0]), watchScreen(t, urls[1])
	c.readers = [2]*account{log.account, screen.account}
	c.load.wait = func() bool { return !c.away.Load() && c.behind() > patient }

	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { c.load.run(ctx) })
	wg.Go(func() { c.compactOften(ctx) })
	began := time.Now()
	c.run()
	c.restarts.Wait()
	took := time.Since(began)
	stop()
	wg.Wait()
	for _, r := range c.readers {
		r.wait(t, c.load.head.Load())
	}
	log.stop(t)
	screen.stop(t)
	c.truth()
	log.compare(t, c.load, false)
	screen.compare(t, c.load, true)
	screen.feedHolds(t)
	c.report(took, log, screen)
}

// patient is how many revisions a reader that is connected may be behind before the load waits for it: a machine that
// has not the time for all of them would else not come to an end.
const patient = 200

// behind is how far the slower of the readers is behind.
func (c *chaos) behind() int64 {
	return c.load.head.Load() - min(c.readers[0].upTo.Load(), c.readers[1].upTo.Load())
}

// compactOften compacts every 20 seconds, now and then up to the newest revision.
func (c *chaos) compactOften(ctx context.Context) {
	for i := int64(0); ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(20 * time.Second):
		}
		if rev := c.load.head.Load() - i%2*1000; rev > 1 && c.load.compact(rev) {
			c.compacted.Add(1)
		}
	}
}

// run brings the faults about, one after the other.
func (c *chaos) run() {
	every := max(*disconnects/max(*kills, 1), 1)
	for i := range *disconnects {
		if i%every == every/2 && c.killed < *kills {
			c.kill()
		}
		head := c.load.head.Load()
		switch {
		case i%50 == 49:
			c.forget()
		case i%50 == 24:
			c.hold()
		case i%25 == 12:
			c.slow()
		case i%10 == 5:
			c.refuse()
		default:
			c.cutAll(i%2 == 0)
		}
		for _, r := range c.readers {
			r.wait(c.t, head+1)
		}
		if i%50 == 49 {
			fmt.Printf("%d disconnects, %d kills, revision %d\n", i+1, c.killed, c.load.head.Load())
		}
	}
}

// kill kills a member, which is started again at once. The one before it has come back first, so that two are there.
func (c *chaos) kill() {
	c.restarts.Wait()
	m := c.members[c.killed%len(c.members)]
	c.killed++
	m.Kill()
	m.Start()
	c.restarts.Go(m.Ready)
}

// cutAll cuts the connections of both readers.
func (c *chaos) cutAll(reset bool) {
	for i, net := range c.nets {
		for cut := 0; cut == 0; { // it may be about to connect
			for _, p := range net {
				cut += p.Cut(reset)
			}
			if cut == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		c.cut[i]++
	}
}

// each does something to every proxy.
func (c *chaos) each(f func(*etcdtest.Proxy)) {
	for _, net := range c.nets {
		for _, p := range net {
			f(p)
		}
	}
}

func (c *chaos) pass() {
	c.each(func(p *etcdtest.Proxy) {
		for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			err := p.Pass()
			if err == nil {
				return
			}
			if time.Now().After(end) {
				c.t.Fatalf("listen again: %v", err)
			}
		}
	})
}

// until waits until so many more revisions are written.
func (c *chaos) until(more int64) {
	c.t.Helper()
	c.away.Store(true)
	defer c.away.Store(false)
	target := c.load.head.Load() + more
	for end := time.Now().Add(5 * time.Minute); c.load.head.Load() < target; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("the load stands at revision %d of %d", c.load.head.Load(), target)
		}
	}
}

// forget refuses connections until what the readers have not seen is compacted.
func (c *chaos) forget() {
	c.cutAll(true) // first: a reader that is not connected when connections are refused has none to cut
	c.each((*etcdtest.Proxy).Refuse)
	c.each(func(p *etcdtest.Proxy) { p.Cut(true) })
	c.until(300)
	if c.load.compact(c.load.head.Load()) {
		c.compacted.Add(1)
	}
	c.pass()
}

// hold cuts, and lets nothing pass for a while.
func (c *chaos) hold() {
	c.each((*etcdtest.Proxy).Hold)
	c.cutAll(true)
	c.until(300)
	c.pass()
}

// slow lets little pass, so that the server has more to send than it can, and cuts then.
func (c *chaos) slow() {
	c.each(func(p *etcdtest.Proxy) { p.Slow(100_000) })
	c.until(200)
	c.cutAll(false)
	c.pass()
}

// refuse cuts the connections, and refuses new ones to one of the members.
func (c *chaos) refuse() {
	for _, net := range c.nets {
		net[c.cut[0]/10%len(net)].Refuse()
	}
	head := c.load.head.Load()
	c.cutAll(true)
	for _, r := range c.readers {
		r.wait(c.t, head+1)
	}
	c.pass()
}

// stop ends the program as ctrl+c does.
func (f *follower) stop(t *testing.T) {
	t.Helper()
	_ = f.cmd.Process.Signal(os.Interrupt)
	select {
	case err := <-f.ended:
		if code := f.cmd.ProcessState.ExitCode(); code != 130 {
			t.Errorf("log --follow ended with %d, %v; it said %s", code, err, f.stderr.String())
		}
	case <-time.After(5 * time.Minute):
		_ = f.cmd.Process.Signal(syscall.SIGQUIT)
		t.Errorf("log --follow does not end")
	}
}

func (s *watching) stop(t *testing.T) {
	t.Helper()
	s.cancel()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// truth compares what the load says it wrote with what the store holds in the end, read from each member.
func (c *chaos) truth() {
	c.t.Helper()
	for _, m := range c.members {
		w := m.Client()
		all, err := storedKeys(w)
		w.Close()
		if err != nil {
			c.t.Fatal(err)
		}
		for key, want := range c.load.now {
			if want.version == 0 {
				if _, there := all[key]; there {
					c.t.Errorf("%s is there, but was deleted", key)
				}
			} else if got := all[key]; got != want {
				c.t.Errorf("%s holds %s as %+v, but %+v was written", m.URL, key, got, want)
			}
		}
	}
}

func (c *chaos) report(took time.Duration, log *follower, screen *watching) {
	changes := 0
	for _, w := range c.load.revs {
		changes += w.changes
	}
	program := "etcd 3.7"
	if *etcdProgram != "" {
		program = filepath.Base(*etcdProgram)
	}
	c.t.Logf("%s: %d and %d disconnects, %d kills, %d compactions in %v", program, c.cut[0], c.cut[1], c.killed, c.compacted.Load(), took.Round(time.Second))
	c.t.Logf("load: %d transactions, %d changes (%.0f a second), %d answers lost", c.load.txns.Load(), changes, float64(changes)/took.Seconds(), c.load.retried.Load())
	for _, a := range c.readers {
		c.t.Logf("%s: %d revisions seen, %d in %d gaps, %d doubled, %d out of order, %d retries, %d moves", a.name, len(a.revs), a.lost(), len(a.gaps), a.doubled, a.unruly, a.retries, a.moves)
		why := map[string]int{}
		for _, g := range a.gaps {
			why[strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return -1
				}
				return r
			}, g.Reason)]++
		}
		c.t.Logf("%s: gaps %v", a.name, why)
	}
	c.t.Logf("load waited %v for a reader", time.Duration(c.load.waited.Load()).Round(time.Second))
	c.t.Logf("log --follow used %v of processor time", log.cmd.ProcessState.UserTime()+log.cmd.ProcessState.SystemTime())
	c.t.Logf("screen: read again %d times", screen.reads)
}
