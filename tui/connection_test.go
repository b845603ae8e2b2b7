package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// head is the first line of the screen, foot the one above the keys.
func head(d *tuitest.Driver) string { return strings.Split(d.Text(), "\n")[0] }

func foot(d *tuitest.Driver) string {
	lines := strings.Split(strings.TrimRight(d.Text(), "\n"), "\n")
	return lines[len(lines)-2]
}

// TestLostMemberIsNotShown: who no longer answers is named as that, with the time since, and nowhere as what is read.
func TestLostMemberIsNotShown(t *testing.T) {
	for _, w := range []int{80, 200} {
		src := shop()
		src.Describing(func(i *etcdsource.Info) {
			i.Member, i.Follower, i.DBSize = "10.0.0.7:2379 (8e9e05c52164694d)", true, 9<<20
		})
		d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), w, 24)
		d.See("● LIVE")
		if w == 200 {
			d.See("10.0.0.7:2379 follower")
		}
		d.See("reading from 10.0.0.7:2379")
		now := d.Model().(*Model).style.Now // the driver has no ticks
		for _, s := range []etcdsource.Status{
			{State: etcdsource.Stale, Why: "nothing heard from http://10.0.0.7:2379", Since: now.Add(-7 * time.Second)},
			{State: etcdsource.Retrying, Why: "nothing listens there", Next: now.Add(time.Second), Since: now},
			{State: etcdsource.Ended, Why: "gone", Since: now},
		} {
			src.Send(etcdsource.Batch{Status: s})
			d.See(map[etcdsource.State]string{etcdsource.Stale: "STALE 7s", etcdsource.Retrying: "RETRYING 7s", etcdsource.Ended: "SOURCE GONE 7s"}[s.State])
			if h := head(d); strings.Contains(h, "10.0.0.7") || strings.Contains(h, "follower") || strings.Contains(h, "writes/s") || strings.Contains(h, "LIVE") {
				t.Errorf("%d columns, %s: %q", w, s.State, h)
			}
			if f := foot(d); strings.Contains(f, "reading from") || !strings.Contains(f, s.Why[1:]) {
				t.Errorf("%d columns, %s: %q", w, s.State, f)
			}
		}
		src.Describing(func(i *etcdsource.Info) { i.Member, i.Follower = "10.0.0.8:2379 (1)", false })
		src.Send(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Live}})
		d.See("● LIVE")
		d.See("reading from 10.0.0.8:2379")
		if strings.Contains(d.Text(), "10.0.0.7") {
			t.Errorf("the old member is still there:\n%s", d.Text())
		}
	}
}

// TestFullDatabaseIsShown: what keeps etcd from writing is in the header and, where it does already, at the foot.
func TestFullDatabaseIsShown(t *testing.T) {
	for _, w := range []int{80, 200} {
		for _, c := range []struct {
			change     func(*etcdsource.Info)
			head, foot string
		}{
			{func(i *etcdsource.Info) { i.DBSize, i.Quota = 85<<20, 100<<20 }, "▲ DB 85% FULL", "reading from"},
			{func(i *etcdsource.Info) { i.DBSize, i.Quota = 101<<20, 100<<20 }, "▲ DB FULL", "the database is at 101% of its quota: etcd refuses the next write"},
			{func(i *etcdsource.Info) { i.Alarm = "NOSPACE" }, "▲ NOSPACE", "alarm NOSPACE: no writes until etcd is compacted, defragmented and disarmed"},
			{func(i *etcdsource.Info) { i.Alarm = "CORRUPT" }, "▲ CORRUPT", "alarm CORRUPT: the members do not hold the same data, and etcd refuses writes"},
		} {
			src := shop()
			src.Describing(c.change)
			d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), w, 24)
			d.See("● LIVE")
			d.See(c.head)
			if h := head(d); !strings.Contains(h, "prod-eu") || !strings.Contains(h, "rev 7") {
				t.Errorf("%q", h)
			}
			if f := foot(d); !strings.Contains(f, c.foot) {
				t.Errorf("%d columns: %q", w, f)
			}
		}
	}
}

// TestStoreReplaced: where another store answers, the screen says so and stays, and ctrl+r opens what is there.
func TestStoreReplaced(t *testing.T) {
	for _, w := range []int{80, 200} {
		old, other := shop(), tuitest.NewMemory(etcdsource.KindLive, "restored")
		other.Put("/registry/configmaps/shop/restored", stored("ConfigMap", "restored", "x"))
		m := program(t, map[string]*tuitest.Memory{"": old})
		open := m.deps.Open
		var opens atomic.Int32 // counted by the command's goroutine
		m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
			if opens.Add(1) == 1 {
				return open(ctx, target, report)
			}
			known, err := learn.From(ctx, other, learn.Options{Custom: true, Lenient: true})
			return &learn.Opened{Known: known, Source: other}, err
		}
		d := drive(t, m, w, 24)
		listed(d)
		old.Break(&etcdsource.Problem{Tried: "read etcd at x", Why: "the store was set back to revision 2, from 7", Do: "open it again", Err: etcdsource.ErrReplaced})
		d.See("SOURCE GONE")
		d.See("ctrl+r opens it again: the store was set back to revision 2, from 7.")
		if !strings.Contains(d.Text(), "configmaps") {
			t.Error("what was on the screen is gone")
		}
		d.Press("ctrl+r")
		d.See("restored")
		d.See("● LIVE")
		d.See("rev 2")
		d.Gone("secrets")
	}
}

// restored is a store whose members are lost, and one of which another cluster has taken the address of.
type restored struct{ *tuitest.Memory }

func (*restored) Probe(context.Context) (etcdsource.Probe, error) {
	p := etcdsource.Probe{Time: time.Unix(1e9, 0), Cluster: 1, Access: etcdsource.Access{CACert: "/pki/ca.crt", Cert: "/pki/c.crt", Key: "/pki/c.key"}}
	for i := range uint64(3) {
		p.Members = append(p.Members, etcdsource.Member{ID: i + 1, Name: fmt.Sprintf("m%d", i+1), Endpoint: fmt.Sprintf("https://10.0.0.%d:2379", i+1), Fault: "nothing listens there", Foreign: i == 1})
	}
	return p, nil
}

// TestRestoredElsewhere: where another cluster answers at the address of another member than the one that was read, ctrl+r opens that
// address, also where the stream of changes is only tried again.
func TestRestoredElsewhere(t *testing.T) {
	for _, w := range []int{80, 200} {
		old, other := &restored{shop()}, tuitest.NewMemory(etcdsource.KindLive, "restored")
		other.Put("/registry/configmaps/shop/restored", stored("ConfigMap", "restored", "x"))
		m := program(t, nil)
		var asked []host.Target
		var mu sync.Mutex
		m.deps.Open = func(ctx context.Context, target host.Target, _ host.Progress) (*learn.Opened, error) {
			mu.Lock()
			defer mu.Unlock()
			src := etcdsource.Source(old)
			if asked = append(asked, target); len(asked) > 1 {
				src = other
			}
			known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true})
			return &learn.Opened{Known: known, Source: src}, err
		}
		d := tuitest.New(t, m, w, 24, func(msg tea.Msg) bool { _, tick := msg.(host.Tick); return tick })
		listed(d)
		old.Send(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Retrying, Why: "nothing listens there"}})
		d.Press("8")
		d.See("ctrl+r opens it")
		d.See("NO MEMBER ANSWERS")
		d.Press("ctrl+r")
		d.See("● LIVE")
		mu.Lock()
		a := asked[len(asked)-1].Attempt
		mu.Unlock()
		if a.Endpoint != "https://10.0.0.2:2379" || a.Cert != "/pki/c.crt" || a.Key != "/pki/c.key" || a.CACert != "/pki/ca.crt" {
			t.Errorf("ctrl+r opens %+v", a)
		}
	}
}

// TestEndpointsEachOnALine: what is wrong with each endpoint has a line of its own.
func TestEndpointsEachOnALine(t *testing.T) {
	m := program(t, nil)
	m.deps.Open = func(context.Context, host.Target, host.Progress) (*learn.Opened, error) {
		return nil, &etcdsource.Problem{Tried: "connect to 3 endpoints", Why: "…", Do: "start the other members", Err: errors.New("x"),
			Each: []string{"https://a:2379: it answers, but the cluster has no leader", "https://b:2379, https://c:2379: nothing listens there"}}
	}
	d := drive(t, m, 80, 24)
	for _, line := range []string{"Connect to 3 endpoints:", "https://a:2379: it answers, but the cluster has no leader.", "https://b:2379, https://c:2379: nothing listens there.",
		"Start the other members.", "ctrl+r  tries again"} {
		d.See(line)
	}
	d.Send(tea.WindowSizeMsg{Width: 40, Height: 12})
	d.See("https://c:2379: nothing")
	path := "/etc/kubernetes/" + strings.Repeat("long/", 20) + "ca.crt"
	m.deps.Open = func(context.Context, host.Target, host.Progress) (*learn.Opened, error) {
		return nil, &etcdsource.Problem{Tried: "read CA certificate " + path, Why: "there is no such file", Do: "check the path"}
	}
	d.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.Press("ctrl+r")
	d.See("There is no such file.")
	d.See("long/ca.crt:") // broken into lines, not cut
}

// TestLongLineIsWhole: a passing line that is wider than the screen takes as many rows as it needs, and gives them back.
func TestLongLineIsWhole(t *testing.T) {
	m := program(t, map[string]*tuitest.Memory{"": shop()})
	d := drive(t, m, 80, 24)
	d.See("● LIVE")
	rows := len(strings.Split(d.Text(), "\n"))
	m.say(text.Error, "read from etcd at http://10.0.0.7:2379: the server answered keys that were not asked for; check that this endpoint is an etcd in good order, or give another with --endpoints")
	d.Send(tea.FocusMsg{})
	lines := strings.Split(strings.TrimRight(d.Text(), "\n"), "\n")
	got := strings.Join(strings.Fields(strings.Join(lines[len(lines)-4:len(lines)-1], " ")), " ")
	if got != m.toast.said {
		t.Errorf("it shows %q", got)
	}
	if n := len(strings.Split(d.Text(), "\n")); n != rows {
		t.Errorf("%d rows, not %d", n, rows)
	}
	m.say(text.Muted, strings.Repeat("no end ", 100))
	d.Send(tea.FocusMsg{})
	if lines = strings.Split(d.Text(), "\n"); strings.Contains(lines[len(lines)-7], "no end") || !strings.Contains(d.Text(), "…") {
		t.Errorf("it covers\n%s", d.Text())
	}
	m.say(text.Muted, "short")
	d.Send(tea.FocusMsg{})
	if !strings.Contains(foot(d), "short") || strings.Contains(d.Text(), "no end") {
		t.Errorf("it shows\n%s", d.Text())
	}
}

// TestTriesAgain: a cluster whose members had no quorum when the program was started is opened by itself when they are back, later
// and later, and the screen says when; where the members are well, what failed is left to the user.
func TestTriesAgain(t *testing.T) {
	for _, dead := range []bool{true, false} {
		src := shop()
		m := program(t, map[string]*tuitest.Memory{"": src})
		open := m.deps.Open
		var opens atomic.Int32 // counted by the command's goroutine
		m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
			if opens.Add(1) < 3 {
				return nil, &etcdsource.Problem{Tried: "connect to http://a:2379", Why: "nothing listens there", Err: errors.New("x")}
			}
			return open(ctx, target, report)
		}
		m.deps.Offline = func(context.Context, host.Target) etcdsource.Offline { return etcdsource.Offline{} }
		m.deps.Ask = func(context.Context, host.Target, *etcdsource.Offline) (etcdsource.Probe, error) {
			return etcdsource.Probe{Members: []etcdsource.Member{{ID: 1, Name: "m1", ClientURLs: []string{"http://a:2379"}, Answered: !dead, Status: etcdsource.MemberStatus{Leader: 1}, Read: etcdsource.MemberRead{Took: 1}}}}, nil
		}
		d := drive(t, m, 80, 24)
		d.See("Cannot open")
		d.See("m1")
		now := m.style.Now
		tick := func(after time.Duration) {
			now = now.Add(after)
			_, cmd := m.Update(host.Tick{Now: now}) // the driver takes none
			d.Send(tea.BatchMsg{cmd})
		}
		tick(time.Second)
		if !dead {
			tick(time.Minute)
			if n := opens.Load(); n != 1 || strings.Contains(d.Text(), "by itself") {
				t.Errorf("it was opened %d times:\n%s", n, d.Text())
			}
			continue
		}
		d.See("tries again in 1 s")
		tick(time.Second)
		d.Settle("open it again", func() bool { tick(0); return opens.Load() == 2 && strings.Contains(d.Text(), "tries again in 2 s") })
		tick(time.Second)
		d.See("tries again in 1 s")
		tick(time.Second)
		listed(d)
		d.See("LIVE")
	}
}

// TestNoQuorumAtTheFoot: what to do is said where there is little room too, and of a member that may be gone it is not said that it shows anything.
func TestNoQuorumAtTheFoot(t *testing.T) {
	for _, w := range []int{80, 200} {
		src := shop()
		src.Describing(func(i *etcdsource.Info) { i.Member = "a-long-name-of-a-member.example.org:2379 (8e9e05c52164694d)" })
		d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), w, 24)
		d.See("● LIVE")
		src.Send(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Live, NoQuorum: true}})
		d.See("NO QUORUM")
		if f := foot(d); !strings.Contains(f, "8 shows what to do.") || w == 200 && !strings.Contains(f, "Read from a-long-name") {
			t.Errorf("%d columns: %q", w, f)
		}
		src.Send(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Retrying, Why: "nothing listens there", NoQuorum: true}})
		d.See("What is on the screen stays.")
		if f := foot(d); !strings.Contains(f, "8 shows what to do.") || strings.Contains(f, "…") {
			t.Errorf("%d columns: %q", w, f)
		}
	}
}

// TestPaneWithoutAPlace: beside the overview there is no timeline. It is shown alone while it has the focus, no longer.
func TestPaneWithoutAPlace(t *testing.T) {
	d := drive(t, program(t, map[string]*tuitest.Memory{"": shop()}), 160, 40)
	d.See("─ Overview")
	d.Press("2")
	d.See("The history of a key is shown here")
	d.Gone("─ Overview")
	d.Press("1")
	d.See("─ Overview")
	d.See("─ Live changes")
	d.Press("2 esc")
	d.See("─ Overview")
	d.Press("Z")
	d.Gone("─ Overview")
	d.Press("2 1")
	d.Gone("─ Overview") // which was asked for
}
