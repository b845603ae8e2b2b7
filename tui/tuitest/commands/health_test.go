package commands_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var (
	etcdctlProgram = flag.String("etcdctl", "", "an etcdctl that carries out what health advises; left out, etcd's client does")
	etcdutlProgram = flag.String("etcdutl", "", "an etcdutl that restores as health advises; left out, its package does")
	etcdProgram    = flag.String("etcd", "", "an etcd that takes --config-file, for the members; left out, the one that is linked")
)

// healthOf is what the command printed.
type healthOf struct {
	code    int
	err     string
	members []map[string]any
	cluster struct {
		Verdict, Sentence string
		CanLose           int
		Members, Quorum   int
		Wrong             []string
		Advice            []struct {
			About string
			Why   string
			Steps []struct{ Say, Command string }
		}
		IfLost    []map[string]any
		NonMember struct{ Name, ID, Cluster, State, DataDir string }
	}
}

// commands are those of an advice.
func (h *healthOf) commands(about string) (out []string) {
	for _, a := range h.cluster.Advice {
		for _, s := range a.Steps {
			if a.About == about && s.Command != "" {
				out = append(out, s.Command)
			}
		}
	}
	return out
}

// runHealth asks the members at addresses, with more flags.
func runHealth(t *testing.T, endpoints []string, flags ...string) *healthOf {
	t.Helper()
	h := &healthOf{}
	var out string
	out, h.err, h.code = execute(t, append([]string{"health", "-o", "json", "--endpoints", strings.Join(endpoints, ",")}, flags...)...)
	for line := range strings.Lines(out) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if m["cluster"] == nil {
			h.members = append(h.members, m)
			continue
		}
		var c struct{ Cluster any }
		c.Cluster = &h.cluster
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// untilHealth asks until what is wanted is said.
func untilHealth(t *testing.T, endpoints []string, what string, done func(*healthOf) bool, flags ...string) *healthOf {
	t.Helper()
	var h *healthOf
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if h = runHealth(t, endpoints, flags...); done(h) {
			return h
		}
	}
	t.Fatalf("waited in vain for %s; it says %d, %+v, %s", what, h.code, h, h.err)
	return nil
}

// state is what health says of a cluster: the rows are the members' roles in the order of the alphabet.
type state struct {
	code     int
	verdict  string
	canLose  int
	rows     string
	sentence string
}

func stateOf(h *healthOf) state {
	var roles []string
	for _, m := range h.members {
		roles = append(roles, m["role"].(string))
	}
	slices.Sort(roles)
	return state{h.code, h.cluster.Verdict, h.cluster.CanLose, strings.Join(roles, ", "), h.cluster.Sentence}
}

// untilState asks until a state is said.
func untilState(t *testing.T, endpoints []string, want state, flags ...string) *healthOf {
	t.Helper()
	return untilHealth(t, endpoints, fmt.Sprintf("%+v", want), func(h *healthOf) bool { return stateOf(h) == want }, flags...)
}

// The states of three members in which nothing is wrong, and in which one of them is missing.
var (
	allWell   = state{0, "healthy", 1, "follower, follower, leader", "3 members, quorum 2: you can lose 1"}
	oneSilent = state{1, "degraded", 0, "follower, leader, no answer", oneMissing}
	minority  = state{1, "no quorum", 0, "no answer, no answer, no leader", "1 of 3 members can serve, 2 are needed: no writes, and reads only with --serializable; start 1 more"}
	oneApart  = state{1, "degraded", 0, "follower, leader, no leader", oneMissing}
)

const oneMissing = "3 members, 2 of them up, quorum 2: losing one more stops writes"

// trouble is what happens to a cluster of three members, and what health says of it. l is the leader's place among the members, a and
// b those of the others.
type trouble struct {
	name string
	do   func(n *etcdtest.Network, l, a, b int)
	undo func(n *etcdtest.Network, l, a, b int)
	want state
	also func(t *testing.T, h *healthOf, l, a, b int) // what else must be said; may be nil
}

func resume(n *etcdtest.Network, l, a, b int) {
	for _, i := range []int{l, a, b} {
		n.Members[i].Signal(syscall.SIGCONT)
	}
}

func heal(n *etcdtest.Network, _, _, _ int) { n.Heal() }

func passed(n *etcdtest.Network, _, _, _ int) {
	for _, p := range n.Clients {
		_ = p.Pass()
	}
}

// silent checks the row of a member that hangs: on a busy machine the connection is given up first.
func silent(t *testing.T, m map[string]any) {
	t.Helper()
	s, _ := m["error"].(string)
	if m["role"] != "no answer" || m["version"] != nil || !strings.Contains(s, "no answer within") && s != "the connection was lost" {
		t.Errorf("the one that hangs: %v", m)
	}
}

// do does something with the client of a member until it succeeds: etcd refuses to add members until all have been connected for 5 s.
func do(m *etcdtest.Member, what func(ctx context.Context, w *clientv3.Client) error) {
	w := m.Client()
	defer w.Close()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		err := what(ctx, w)
		if cancel(); err == nil {
			return
		}
	}
}

func addMember(at *etcdtest.Member, learner bool) {
	do(at, func(ctx context.Context, w *clientv3.Client) error {
		add := w.MemberAdd
		if learner {
			add = w.MemberAddAsLearner
		}
		_, err := add(ctx, []string{"http://127.0.0.1:1"})
		return err
	})
}

// removeAdded removes the members that have not been started.
func removeAdded(n *etcdtest.Network, l, _, _ int) {
	do(n.Members[l], func(ctx context.Context, w *clientv3.Client) error {
		list, err := w.MemberList(ctx)
		for i := 0; err == nil && i < len(list.Members); i++ {
			if m := list.Members[i]; m.Name == "" {
				_, err = w.MemberRemove(ctx, m.ID)
			}
		}
		return err
	})
}

// raise raises an alarm of a member.
func raise(m *etcdtest.Member, alarm pb.AlarmType) {
	do(m, func(ctx context.Context, w *clientv3.Client) error {
		st, err := w.Status(ctx, m.URL)
		if err == nil {
			_, err = pb.NewMaintenanceClient(w.ActiveConnection()).Alarm(ctx, &pb.AlarmRequest{Action: pb.AlarmRequest_ACTIVATE, MemberID: st.Header.MemberId, Alarm: alarm})
		}
		return err
	})
}

func disarm(n *etcdtest.Network, l, _, _ int) {
	do(n.Members[l], func(ctx context.Context, w *clientv3.Client) error {
		_, err := w.AlarmDisarm(ctx, &clientv3.AlarmMember{})
		return err
	})
}

// raisedBy checks that the member that raised the alarm is named, and what to do.
func raisedBy(t *testing.T, h *healthOf, _, a, _ int) {
	t.Helper()
	if name := h.members[a]["name"].(string); len(h.cluster.Wrong) == 0 || !strings.Contains(h.cluster.Wrong[0], ", raised by "+name+":") || len(h.cluster.Advice) == 0 {
		t.Errorf("%s: %q, %+v", name, h.cluster.Wrong, h.cluster.Advice)
	}
}

// latency is what a read of a member took, in milliseconds.
func latency(m map[string]any) float64 {
	ms, _ := m["latencyMs"].(float64)
	return ms
}

var troubles = []trouble{
	{"the leader stopped", func(n *etcdtest.Network, l, _, _ int) { n.Members[l].Stop() },
		func(n *etcdtest.Network, l, _, _ int) { n.Members[l].Start() }, oneSilent, func(t *testing.T, h *healthOf, l, _, _ int) {
			if len(h.commands("lost-member")) < 5 || len(h.cluster.IfLost) != 3 {
				t.Errorf("%+v", h.cluster)
			}
		}},
	{"the leader hangs", func(n *etcdtest.Network, l, _, _ int) { n.Members[l].Signal(syscall.SIGSTOP) }, resume, oneSilent,
		func(t *testing.T, h *healthOf, l, _, _ int) { silent(t, h.members[l]) }},
	{"a minority is left", func(n *etcdtest.Network, l, a, _ int) { n.Members[l].Kill(); n.Members[a].Kill() },
		func(n *etcdtest.Network, l, a, _ int) { n.Members[l].Start(); n.Members[a].Start() },
		minority,
		func(t *testing.T, h *healthOf, _, _, _ int) {
			if len(h.commands("quorum")) < 3 || len(h.cluster.IfLost) != 3 || h.cluster.IfLost[0]["quorumLeft"] != false {
				t.Errorf("%+v", h.cluster)
			}
		}},
	{"a follower is apart from the others", func(n *etcdtest.Network, _, a, _ int) { n.Part(a) }, heal, oneApart,
		func(t *testing.T, h *healthOf, _, a, _ int) {
			if h.members[a]["role"] != "no leader" || !strings.Contains(strings.Join(h.cluster.Wrong, "\n"), h.members[a]["name"].(string)+" answers, and has no leader") {
				t.Errorf("%v, %q", h.members[a], h.cluster.Wrong)
			}
		}},
	{"the leader is apart from the others", func(n *etcdtest.Network, l, _, _ int) { n.Part(l) }, heal, oneApart,
		func(t *testing.T, h *healthOf, l, _, _ int) {
			if h.members[l]["role"] != "no leader" {
				t.Errorf("%v", h.members[l])
			}
		}},
	{"each is apart from the others", func(n *etcdtest.Network, _, _, _ int) { n.Isolate() }, heal,
		state{1, "no quorum", 0, "no leader, no leader, no leader", "3 of 3 members answer, enough for a quorum, and have no leader: no writes, and reads only with --serializable; " +
			"an election is under way, or they do not reach each other"},
		func(t *testing.T, h *healthOf, _, _, _ int) {
			if c := h.commands("quorum"); len(c) < 1 || strings.Count(c[0], "nc -zv ") != 3 {
				t.Errorf("%q", c)
			}
		}},
	{"a member is apart from here only", func(n *etcdtest.Network, _, a, _ int) { n.Clients[a].Hold() }, passed, oneSilent,
		func(t *testing.T, h *healthOf, _, a, _ int) {
			silent(t, h.members[a])
			if !strings.Contains(strings.Join(h.cluster.Wrong, "\n"), "the leader's connection to it is open: it is out of reach from here, or hangs") {
				t.Errorf("%q", h.cluster.Wrong)
			}
		}},
	{"the smaller side is on ours", func(n *etcdtest.Network, l, a, b int) { n.Part(a); n.Clients[l].Hold(); n.Clients[b].Hold() },
		func(n *etcdtest.Network, l, a, b int) { heal(n, l, a, b); passed(n, l, a, b) }, minority,
		func(t *testing.T, h *healthOf, l, a, b int) {
			silent(t, h.members[l])
			silent(t, h.members[b])
			if h.members[a]["role"] != "no leader" || !strings.Contains(h.cluster.Advice[0].Why, "out of reach from here may serve") {
				t.Errorf("%v, %+v", h.members[a], h.cluster.Advice)
			}
		}},
	{"a slow network from here", func(n *etcdtest.Network, _, a, _ int) { n.Clients[a].Delay(100 * time.Millisecond) }, passed, allWell,
		func(t *testing.T, h *healthOf, l, a, _ int) {
			if latency(h.members[a]) < 200 {
				t.Errorf("a read through it took %v ms, of the leader %v", latency(h.members[a]), latency(h.members[l]))
			}
		}},
	{"a slow network between them", func(n *etcdtest.Network, _, _, _ int) { n.Delay(50 * time.Millisecond) }, heal, allWell,
		func(t *testing.T, h *healthOf, _, _, _ int) {
			for _, m := range h.members {
				if latency(m) < 100 { // the leader asks the others whether it is one still
					t.Errorf("a read of %v took %v ms", m["name"], latency(m))
				}
			}
		}},
	{"a network too slow to answer", func(n *etcdtest.Network, _, a, _ int) { n.Clients[a].Slow(20) }, passed, oneSilent,
		func(t *testing.T, h *healthOf, _, a, _ int) { silent(t, h.members[a]) }},
	{"a member is added that never starts", func(n *etcdtest.Network, l, _, _ int) { addMember(n.Members[l], false) }, removeAdded,
		state{1, "degraded", 0, "follower, follower, leader, never started", "4 members, 3 of them up, quorum 3: losing one more stops writes"}, nil},
	{"a learner is added that never starts", func(n *etcdtest.Network, l, _, _ int) { addMember(n.Members[l], true) }, removeAdded,
		state{1, "degraded", 1, "follower, follower, leader, never started", "3 members and 1 learner, quorum 2: you can lose 1"}, nil},
	{"alarm NOSPACE", func(n *etcdtest.Network, _, a, _ int) { raise(n.Members[a], pb.AlarmType_NOSPACE) }, disarm,
		state{1, "degraded", 1, "follower, follower, leader", "NOSPACE: writes are refused until space is freed; " + allWell.sentence}, raisedBy},
	{"alarm CORRUPT", func(n *etcdtest.Network, _, a, _ int) { raise(n.Members[a], pb.AlarmType_CORRUPT) }, disarm,
		state{1, "degraded", 1, "follower, follower, leader", "CORRUPT: writes are refused until the alarm is disarmed; " + allWell.sentence}, raisedBy},
	{"all hang", func(n *etcdtest.Network, _, _, _ int) {
		for _, m := range n.Members {
			m.Signal(syscall.SIGSTOP)
		}
	}, resume, state{3, "no quorum", 0, "no answer, no answer, no answer", "3 addresses, and no member answers"}, func(t *testing.T, h *healthOf, _, _, _ int) {
		if h.err == "" {
			t.Error("nothing was said")
		}
	}},
}

// leaderOf is the place of the leader among the members, and those of the others.
func leaderOf(h *healthOf) (l, a, b int) {
	l = slices.IndexFunc(h.members, func(m map[string]any) bool { return m["role"] == "leader" })
	return l, (l + 1) % 3, (l + 2) % 3
}

// TestHealth: three real members that are reached, and reach each other, through proxies only: what is said of them in each state.
func TestHealth(t *testing.T) {
	t.Parallel()
	n := etcdtest.NewNetwork(t, 3, *etcdProgram)
	var eps []string
	for _, p := range n.Clients {
		eps = append(eps, p.URL)
	}
	if h := untilState(t, eps, allWell); h.cluster.Quorum != 2 || len(h.cluster.IfLost) != 3 || len(h.cluster.Advice) != 0 {
		t.Errorf("at first: %+v", h)
	}
	for _, c := range troubles {
		l, a, b := leaderOf(untilState(t, eps, allWell))
		begin := time.Now()
		c.do(n, l, a, b)
		h := untilState(t, eps, c.want)
		if c.also != nil {
			c.also(t, h, l, a, b)
		}
		c.undo(n, l, a, b)
		t.Logf("%s: %+v, after %s", c.name, stateOf(h), time.Since(begin).Round(time.Millisecond))
	}
	if h := untilState(t, eps[1:2], allWell); h.members[0]["endpoint"] != eps[0] {
		t.Errorf("an address that is in the member list only: %v", h.members[0])
	}
	l, _, b := leaderOf(untilState(t, eps, allWell))
	do(n.Members[l], func(ctx context.Context, w *clientv3.Client) error {
		_, err := w.MemberRemove(ctx, n.ID(b))
		return err
	})
	if h := untilState(t, eps, state{0, "healthy", 0, "follower, leader", "2 members, quorum 2: you can lose none"}); len(h.commands("incomplete")) == 0 {
		t.Errorf("one is removed: %+v", h.cluster.Advice)
	}
}

// TestHealthOfFiles: a file has no members.
func TestHealthOfFiles(t *testing.T) {
	t.Parallel()
	if _, errs, code := execute(t, "health", "--from", "x.db"); code != 2 || !strings.Contains(errs, "snapshot verify") {
		t.Errorf("%d, %s", code, errs)
	}
}
