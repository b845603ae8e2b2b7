package health

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestFollow: the rest of the screen is asked again where the members say something else of alarms, and learns that none answers.
func TestFollow(t *testing.T) {
	t.Parallel()
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live")}
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	drain(f, f.ask(v.Panes.Style.Now, true))
	if f.follow(f.report, &etcdsource.Access{}) != nil || v.Work.Silent {
		t.Error("it asks again though the members say the same, or none answers")
	}
	v.State.Info.Alarm = "NOSPACE"
	if f.follow(f.report, &etcdsource.Access{}) == nil {
		t.Error("an alarm that is gone is not asked for")
	}
	src.down, f.next = 3, time.Time{}
	drain(f, f.ask(v.Panes.Style.Now, true))
	if !v.Work.Silent || !v.Work.NoQuorum {
		t.Error("it is not noted that no member answers, and so that there is no quorum")
	}
}

// TestOutdated: hashes are of an earlier state once a member was replaced, removed or added, or has a lower revision.
func TestOutdated(t *testing.T) {
	t.Parallel()
	r := &hashcheck.Result{Verdict: hashcheck.Differs}
	for id := range uint64(3) {
		r.Sides = append(r.Sides, &hashcheck.Side{State: etcdsource.ReplicaState{ID: id + 1, Member: true, Revision: 5}})
	}
	members := func(rev int64, ids ...uint64) *etcdsource.Probe {
		p := &etcdsource.Probe{}
		for _, id := range ids {
			p.Members = append(p.Members, etcdsource.Member{ID: id, Answered: true, Status: etcdsource.MemberStatus{Revision: rev}})
		}
		return p
	}
	for _, c := range []struct {
		probe *etcdsource.Probe
		want  bool
	}{
		{members(9, 1, 2, 3), false}, {members(9, 1, 2, 4), true}, {members(9, 1, 2), true}, {members(9, 1, 2, 3, 4), true}, {members(4, 1, 2, 3), true},
		{&etcdsource.Probe{Guessed: true}, false},
	} {
		if outdated(r, c.probe) != c.want {
			t.Errorf("%+v: not %v", c.probe, c.want)
		}
	}
	if outdated(nil, members(9, 1)) {
		t.Error("nothing was compared")
	}
}

// TestLostMember: while the member that is read does not answer, the others are asked whatever is shown, once a second until they say
// that the quorum is lost, and not for ever.
func TestLostMember(t *testing.T) {
	t.Parallel()
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 1}
	h, v := hosttest.View(t, src)
	v.Panes.Style.Now = time.Unix(1e9, 0)
	f := New(h, v).(*Feature)
	f.pane.Resize(120, 30)
	tick := func() bool {
		v.Panes.Style.Now = v.Panes.Style.Now.Add(time.Second)
		cmd, _ := f.Update(host.Tick{Now: v.Panes.Style.Now})
		return hosttest.Run(f, cmd)
	}
	if tick() {
		t.Error("it asks though the member that is read answers")
	}
	v.State.Status.Unanswered = true
	if cmd, _ := f.Update(host.Settling{}); !hosttest.Run(f, cmd) {
		t.Error("it does not ask at once")
	}
	for range 2 {
		if !tick() || v.Work.NoQuorum {
			t.Error("it does not ask once a second")
		}
	}
	if src.down = 2; !tick() || !v.Work.NoQuorum {
		t.Error("that there is no quorum is not noted")
	}
	if tick() || !tick() {
		t.Error("it does not go on as in an outage")
	}
	src.down = 1
	n := src.probes
	for range 60 {
		tick()
	}
	if asked := src.probes - n; asked < 12 || asked > 22 {
		t.Errorf("it asked %d times in a minute", asked)
	}
	v.State.Status.Unanswered = false
	tick()
	for range 2 {
		if tick() {
			t.Error("it goes on asking")
		}
	}
}

// TestBehind: also where no screen shows what the members say they are asked now and then, so that the header says that one is lost; not
// when the view has just been opened, and one that is alone is not asked again.
func TestBehind(t *testing.T) {
	t.Parallel()
	src := &cluster{Memory: tuitest.NewMemory(etcdsource.KindLive, "live"), down: 1}
	h, v := hosttest.View(t, src)
	v.Panes.Style.Now = time.Unix(1e9, 0)
	f := New(h, v).(*Feature)
	f.pane.Resize(120, 30)
	minute := func() (asked int) {
		for range 60 {
			v.Panes.Style.Now = v.Panes.Style.Now.Add(time.Second)
			cmd, _ := f.Update(host.Tick{Now: v.Panes.Style.Now})
			hosttest.Run(f, cmd)
		}
		asked, src.probes = src.probes, 0
		return asked
	}
	if n := minute(); n != 1 || v.Work.Members != "2/3 members" {
		t.Errorf("in the first minute it asked %d times, and notes %q", n, v.Work.Members)
	}
	src.down = 0
	if n := minute(); n != 2 || v.Work.Members != "" {
		t.Errorf("it asked %d times a minute, and notes %q", n, v.Work.Members)
	}
	if src.down = 2; minute() == 0 || v.Work.Members != "" || !v.Work.NoQuorum {
		t.Errorf("without a quorum it notes %q", v.Work.Members)
	}
}
