package commands_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var (
	etcdctlProgram = flag.String("etcdctl", "", "an etcdctl that carries out what health advises; left out, etcd's client does")
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
		Advice            []struct {
			About string
			Steps []struct{ Say, Command string }
		}
		IfLost []map[string]any
	}
}

// roles are the roles of the members in the order of their names.
func (h *healthOf) roles() string {
	var out []string
	for _, m := range h.members {
		out = append(out, m["role"].(string))
	}
	return strings.Join(out, ", ")
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

func runHealth(t *testing.T, endpoints []string) *healthOf {
	t.Helper()
	h := &healthOf{}
	var out string
	out, h.err, h.code = execute(t, "health", "-o", "json", "--endpoints", strings.Join(endpoints, ","))
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
func untilHealth(t *testing.T, endpoints []string, what string, done func(*healthOf) bool) *healthOf {
	t.Helper()
	var h *healthOf
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if h = runHealth(t, endpoints); done(h) {
			return h
		}
	}
	t.Fatalf("waited in vain for %s; it says %d, %+v, %s", what, h.code, h, h.err)
	return nil
}

// TestHealth: three real members behind proxies: what is said of the cluster in each state, and what it advises, carried
// out to the letter, helps.
func TestHealth(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, *etcdProgram, map[string]any{"strict-reconfig-check": false, "quota-backend-bytes": 4 << 20})
	var eps []string
	var proxies []*etcdtest.Proxy
	for _, m := range members {
		p := etcdtest.NewProxy(t, m.HTTP)
		proxies, eps = append(proxies, p), append(eps, p.URL)
	}
	until := func(code int, verdict string, canLose int, sentence string) *healthOf {
		t.Helper()
		return untilHealth(t, eps, verdict+": "+sentence, func(h *healthOf) bool {
			return h.code == code && h.cluster.Verdict == verdict && h.cluster.CanLose == canLose && h.cluster.Sentence == sentence
		})
	}
	const all = "3 members, quorum 2: you can lose 1"
	h := until(0, "healthy", 1, all)
	if !strings.Contains(h.roles(), "leader") || h.cluster.Quorum != 2 || len(h.cluster.IfLost) != 3 || len(h.cluster.Advice) != 0 {
		t.Errorf("at first: %+v", h)
	}
	leader := slices.IndexFunc(h.members, func(m map[string]any) bool { return m["role"] == "leader" })

	members[leader].Signal(syscall.SIGSTOP)
	h = until(1, "degraded", 0, "3 members, 2 of them up, quorum 2: losing one more stops writes")
	hangs := func(why any) bool { // on a busy machine the connection is given up first
		s, _ := why.(string)
		return strings.Contains(s, "no answer within") || s == "the connection was lost"
	}
	if m := h.members[leader]; m["role"] != "no answer" || m["endpoint"] != members[leader].HTTP || m["version"] != nil || !hangs(m["error"]) {
		t.Errorf("the leader that hangs: %v", m)
	}
	next := (leader + 1) % 3
	members[next].Kill()
	h = until(1, "no quorum", 0, "1 of 3 members can serve, 2 are needed: no writes, and reads only with --serializable; start 1 more")
	if !strings.Contains(h.roles(), "no leader") || len(h.commands("quorum")) < 3 {
		t.Errorf("one is left: %+v", h)
	}
	members[3-leader-next].Signal(syscall.SIGSTOP)
	untilHealth(t, eps, "none to answer", func(h *healthOf) bool { return h.code == 3 && h.err != "" })
	members[3-leader-next].Signal(syscall.SIGCONT)
	members[leader].Signal(syscall.SIGCONT)
	members[next].Start()
	until(0, "healthy", 1, all)

	proxies[0].Refuse()
	proxies[0].Cut(true)
	h = untilHealth(t, eps[1:], "the member list's own address to be asked", func(h *healthOf) bool { return h.code == 0 })
	if h.members[0]["endpoint"] != members[0].HTTP {
		t.Errorf("the one that was not named: %v", h.members[0])
	}
	if err := proxies[0].Pass(); err != nil {
		t.Fatal(err)
	}
	neverStarted(t, eps, members[0])
	replaced(t, eps, members)
	noSpace(t, eps, members[0])
}

// neverStarted adds a member that never starts, and takes it out again as advised.
func neverStarted(t *testing.T, eps []string, at *etcdtest.Member) {
	w := at.Client()
	defer w.Close()
	if _, err := w.MemberAdd(etcdtest.Within(t, time.Minute), []string{"http://127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	h := untilHealth(t, eps, "the new member", func(h *healthOf) bool { return h.cluster.Members == 4 && h.code == 1 })
	if h.cluster.Verdict != "degraded" || h.cluster.Quorum != 3 || h.cluster.CanLose != 0 || !strings.Contains(h.roles(), "never started") {
		t.Errorf("one was added and never started: %+v", h)
	}
	cmds := h.commands("never-started")
	carryOut(t, cmds[len(cmds)-1])
	untilHealth(t, eps, "all to be well", func(h *healthOf) bool { return h.code == 0 && h.cluster.Members == 3 })
}

// noSpace fills the database, and clears the alarm as advised.
func noSpace(t *testing.T, eps []string, at *etcdtest.Member) {
	w := at.Client()
	defer w.Close()
	put := func() error {
		_, err := w.Put(etcdtest.Within(t, time.Minute), "/k", strings.Repeat("x", 100<<10))
		return err
	}
	for put() == nil {
	}
	h := untilHealth(t, eps, "the alarm", func(h *healthOf) bool { return len(h.commands("nospace")) > 0 })
	if h.code != 1 || h.cluster.Verdict != "degraded" || !strings.HasPrefix(h.cluster.Sentence, "NOSPACE: writes are refused") {
		t.Errorf("without space: %+v", h)
	}
	for _, c := range h.commands("nospace") {
		carryOut(t, c)
	}
	if err := put(); err != nil {
		t.Errorf("after what was advised: %v", err)
	}
	untilHealth(t, eps, "all to be well", func(h *healthOf) bool { return h.code == 0 })
}

// replaced loses a member with its data, and brings another one in its place as advised.
func replaced(t *testing.T, eps []string, members []*etcdtest.Member) {
	members[2].Kill()
	h := untilHealth(t, eps[:2], "the member to be lost", func(h *healthOf) bool { return h.code == 1 && len(h.commands("lost-member")) > 0 })
	id := ""
	for _, c := range h.commands("lost-member") {
		switch {
		case strings.HasPrefix(c, "systemctl"), strings.HasPrefix(c, "rm -rf"):
		case strings.HasPrefix(c, "etcd "):
			m := regexp.MustCompile(`--name=m2 .*--initial-cluster-state=existing --initial-cluster=(\S+)`).FindStringSubmatch(c)
			if m == nil {
				t.Fatal(c)
			}
			members[2].Join(m[1])
		case strings.HasSuffix(c, "member promote ID"):
			for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
				_, err := tryOut(t, strings.TrimSuffix(c, "ID")+id)
				if err == nil {
					break
				}
				if time.Now().After(end) {
					t.Fatal(err)
				}
			}
		default:
			if m := regexp.MustCompile(`Member +([0-9a-f]+) added`).FindStringSubmatch(carryOut(t, c)); m != nil {
				id = m[1]
			}
		}
	}
	h = untilHealth(t, eps, "three members again", func(h *healthOf) bool { return h.code == 0 })
	if h.cluster.Members != 3 || h.cluster.CanLose != 1 || h.members[2]["name"] != "m2" {
		t.Errorf("replaced: %+v", h)
	}
}

// carryOut carries out a printed command, and returns what it prints.
func carryOut(t *testing.T, command string) string {
	t.Helper()
	out, err := tryOut(t, command)
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return out
}

func tryOut(t *testing.T, command string) (string, error) {
	t.Helper()
	rest, ok := strings.CutPrefix(command, "etcdctl ")
	if !ok {
		t.Fatalf("%s is no etcdctl command", command)
	}
	if *etcdctlProgram != "" {
		out, err := exec.Command("sh", "-c", *etcdctlProgram+" "+rest).CombinedOutput()
		return string(out), err
	}
	out, err := exec.Command("sh", "-c", "printf '%s\\n' "+rest).Output() // a shell reads the words
	if err != nil {
		t.Fatal(err)
	}
	return byClient(t, strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"))
}

// byClient does what etcdctl would do.
func byClient(t *testing.T, words []string) (string, error) {
	t.Helper()
	flags, args := map[string]string{}, []string{}
	for _, w := range words {
		if name, value, _ := strings.Cut(w, "="); strings.HasPrefix(w, "--") {
			flags[name] = value
		} else {
			args = append(args, w)
		}
	}
	eps := strings.Split(flags["--endpoints"], ",")
	w, err := clientv3.New(clientv3.Config{Endpoints: eps, Logger: zap.NewNop()})
	if err != nil {
		return "", err
	}
	defer w.Close()
	ctx := etcdtest.Within(t, time.Minute)
	number := func(base int) uint64 {
		n, err := strconv.ParseUint(args[len(args)-1], base, 64)
		if err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		return n
	}
	verb := strings.Join(args[:min(2, len(args))], " ")
	switch {
	case args[0] == "compact":
		_, err = w.Compact(ctx, int64(number(10)), clientv3.WithCompactPhysical())
	case args[0] == "defrag" && len(eps) == 1:
		_, err = w.Defragment(ctx, eps[0])
	case verb == "alarm disarm":
		_, err = w.AlarmDisarm(ctx, &clientv3.AlarmMember{})
	case verb == "endpoint status":
		_, err = w.Status(ctx, eps[0])
	case verb == "member remove":
		_, err = w.MemberRemove(ctx, number(16))
	case verb == "member promote":
		_, err = w.MemberPromote(ctx, number(16))
	case verb == "member add" && words[len(words)-2] == "--learner":
		r, err := w.MemberAddAsLearner(ctx, []string{flags["--peer-urls"]})
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("Member %x added to cluster", r.Member.ID), nil
	default:
		t.Fatalf("%q is not known here", words)
	}
	return "", err
}

// TestHealthOfFiles: a file has no members.
func TestHealthOfFiles(t *testing.T) {
	t.Parallel()
	if _, errs, code := execute(t, "health", "--from", "x.db"); code != 2 || !strings.Contains(errs, "snapshot verify") {
		t.Errorf("%d, %s", code, errs)
	}
}
