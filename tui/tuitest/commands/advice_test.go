package commands_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestAdvice: what is advised for three real members, carried out to the letter, helps.
func TestAdvice(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, *etcdProgram, map[string]any{"quota-backend-bytes": 4 << 20})
	var eps []string
	for _, m := range members {
		eps = append(eps, m.HTTP)
	}
	untilState(t, eps, allWell)
	neverStarted(t, eps, members[0])
	replaced(t, eps, members)
	noSpace(t, eps, members[0])
}

// neverStarted adds a member that never starts; then it takes it out again, and another one it starts, as advised.
func neverStarted(t *testing.T, eps []string, at *etcdtest.Member) {
	w := at.Client()
	defer w.Close()
	peer := etcdtest.Address(t)
	add := func() *healthOf {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // etcd wants the members to have been connected for 5 s
			_, err := w.MemberAdd(etcdtest.Within(t, time.Minute), []string{peer})
			if err == nil {
				break
			}
			if time.Now().After(end) {
				t.Fatal(err)
			}
		}
		return untilState(t, eps, state{1, "degraded", 0, "follower, follower, leader, never started", "4 members, 3 of them up, quorum 3: losing one more stops writes"})
	}
	cmds := add().commands("never-started")
	carryOut(t, cmds[len(cmds)-1])
	untilState(t, eps, allWell)

	cmds = add().commands("never-started")
	if verbs(cmds) != "rm etcd remove" {
		t.Errorf("%q", cmds)
	}
	start(t, cmds[1], filepath.Join(etcdtest.Dir(t), "data"))
	untilState(t, eps, state{0, "healthy", 1, "follower, follower, follower, leader", "4 members, quorum 3: you can lose 1, as with 3"})
	h := runHealth(t, eps)
	if _, err := w.MemberRemove(etcdtest.Within(t, time.Minute), idOf(t, h, "m3")); err != nil {
		t.Fatal(err)
	}
	untilState(t, eps, allWell)
}

// idOf is the ID of the member of a name.
func idOf(t *testing.T, h *healthOf, name string) uint64 {
	t.Helper()
	for _, m := range h.members {
		if m["name"] == name {
			id, err := strconv.ParseUint(m["id"].(string), 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
	}
	t.Fatalf("no member %s: %+v", name, h)
	return 0
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
	full := allWell
	full.code, full.verdict, full.sentence = 1, "degraded", "NOSPACE: writes are refused until space is freed; "+allWell.sentence
	var done []string
	for cmds := untilState(t, eps, full).commands("nospace"); len(cmds) > 0 && len(done) < 9; cmds = runHealth(t, eps).commands("nospace") {
		carryOut(t, cmds[0]) // and ask again: the first one is always the next
		done = append(done, verbOf(cmds[0]))
	}
	if want := "compact defrag defrag defrag alarm"; strings.Join(done, " ") != want {
		t.Errorf("carried out %v, want %s", done, want)
	}
	if err := put(); err != nil {
		t.Errorf("after what was advised: %v", err)
	}
	untilState(t, eps, allWell)
}

// replaced loses a member with its data, and brings another one in its place as advised: remove, add as a learner, start, promote. It asks
// what is next after each step.
func replaced(t *testing.T, eps []string, members []*etcdtest.Member) {
	members[2].Kill()
	lost := untilState(t, eps[:2], oneSilent)
	dir, id := filepath.Join(etcdtest.Dir(t), "data"), ""
	write := filepath.Join(dir, "member", "of the old one")
	if err := os.MkdirAll(write, 0o700); err != nil {
		t.Fatal(err)
	}
	var done []string
	for next := lost.commands("lost-member"); len(next) > 0; {
		c := next[0]
		next = next[1:]
		switch verb := verbOf(c); verb {
		case "systemctl": // is it running?
		case "rm":
			shell(t, strings.ReplaceAll(c, "DATA-DIR", dir))
		case "remove":
			carryOut(t, c)
			h := untilState(t, eps[:2], state{0, "healthy", 0, "follower, leader", "2 members, quorum 2: you can lose none"})
			goesOn(t, h, "incomplete", next, " member add m2 --learner --peer-urls=http://ADDRESS:")
		case "add":
			m := regexp.MustCompile(`Member +([0-9a-f]+) added`).FindStringSubmatch(carryOut(t, c))
			id = m[1]
			h := untilState(t, eps[:2], state{1, "degraded", 0, "follower, leader, never started", "2 members and 1 learner, quorum 2: you can lose none"})
			goesOn(t, h, "never-started", append([]string{"rm"}, next...), " member promote "+id)
		case "etcd":
			start(t, c, dir)
			h := untilState(t, eps[:2], state{0, "healthy", 0, "follower, leader, learner", "2 members and 1 learner, quorum 2: you can lose none"})
			if cmds := h.commands("learner"); verbs(cmds) != "promote remove" && verbs(cmds) != "etcdscope promote remove" || !strings.Contains(cmds[len(cmds)-2], " member promote "+id) {
				t.Errorf("started: %q", cmds)
			}
		case "promote":
			for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // until it has caught up
				_, err := tryOut(t, strings.TrimSuffix(c, "ID")+id)
				if err == nil {
					break
				}
				if time.Now().After(end) {
					t.Fatal(err)
				}
			}
		default:
			t.Fatalf("%s is not expected", c)
		}
		done = append(done, verbOf(c))
	}
	if want := "systemctl remove rm add etcd promote"; strings.Join(done, " ") != want {
		t.Errorf("carried out %v, want %s", done, want)
	}
	if h := untilState(t, eps, allWell); h.members[2]["endpoint"] != eps[2] || fmt.Sprintf("%x", idOf(t, h, "m2")) != id {
		t.Errorf("the new one: %+v", h.members[2])
	}
}

// goesOn checks that what is advised now is to do what was left to be done, and names something.
func goesOn(t *testing.T, h *healthOf, about string, left []string, names string) {
	t.Helper()
	now := h.commands(about)
	if got := verbs(now); !strings.HasPrefix(got, verbs(left)) || !strings.Contains(strings.Join(now, "\n")+"\n", names) {
		t.Errorf("%s: %q, after which %q were left", about, now, left)
	}
}

// verbs are those of commands.
func verbs(commands []string) string {
	var out []string
	for _, c := range commands {
		out = append(out, verbOf(c))
	}
	return strings.Join(out, " ")
}

// verbOf is what a command is about: its program, or what etcdctl does with a member.
func verbOf(command string) string {
	if m := regexp.MustCompile(` member ([a-z]+) `).FindStringSubmatch(command); m != nil {
		return m[1]
	}
	if _, guarded, ok := strings.Cut(command, "; else "); ok {
		command = guarded
	}
	words := strings.Fields(command)
	if words[0] != "etcdctl" {
		return words[0]
	}
	return words[slices.IndexFunc(words[1:], func(s string) bool { return !strings.HasPrefix(s, "-") })+1]
}

// shell carries out a command of a shell.
func shell(t *testing.T, command string) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// start starts an etcd by a printed command, with its data in a folder of the test.
func start(t *testing.T, command, dir string) {
	t.Helper()
	rest, ok := strings.CutPrefix(command, "etcd ")
	if !ok || !strings.Contains(rest, "--data-dir=DATA-DIR ") {
		t.Fatalf("%s does not start an etcd", command)
	}
	startIn(t, strings.Replace(command, "DATA-DIR", dir, 1), dir)
}

// startIn starts an etcd by a printed command that names its data directory.
func startIn(t *testing.T, command, dir string) {
	t.Helper()
	rest, ok := strings.CutPrefix(command, "etcd ")
	if !ok || !strings.Contains(rest, "--data-dir="+dir+" ") {
		t.Fatalf("%s does not start an etcd in %s", command, dir)
	}
	etcd := *etcdProgram
	if etcd == "" {
		var err error
		if etcd, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("sh", "-c", "exec "+etcd+" "+rest)
	c.Env = append(os.Environ(), etcdEnv+"=1", "ETCD_UNSAFE_NO_FSYNC=true", "ETCD_LOG_LEVEL=error", "ETCD_HEARTBEAT_INTERVAL=50", "ETCD_ELECTION_TIMEOUT=500")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	input, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		input.Close()
		if t.Failed() {
			t.Logf("%s said %s", command, said.String())
		}
	})
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
		out, err := exec.Command("sh", "-c", strings.ReplaceAll(command, "etcdctl --", *etcdctlProgram+" --")).CombinedOutput()
		return string(out), err
	}
	if m := regexp.MustCompile(`\$\(etcdctl (--endpoints=\S+) endpoint status --write-out=fields \| sed [^)]*\)`).FindStringSubmatch(rest); m != nil {
		w := clientOf(t, strings.TrimPrefix(m[1], "--endpoints="))
		defer w.Close()
		s, err := w.Status(etcdtest.Within(t, time.Minute), strings.TrimPrefix(m[1], "--endpoints="))
		if err != nil {
			return "", err
		}
		rest = strings.Replace(rest, m[0], strconv.FormatInt(s.Header.Revision, 10), 1)
	}
	return byClient(t, shellWords(t, rest))
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
	w := clientOf(t, eps...)
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
	var err error
	switch {
	case verb == "snapshot save":
		err = saveSnapshot(ctx, w, args[2])
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

// clientOf returns a client of members that may write. It is the caller's to close.
func clientOf(t *testing.T, eps ...string) *clientv3.Client {
	t.Helper()
	w, err := clientv3.New(clientv3.Config{Endpoints: eps, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// saveSnapshot does what etcdctl snapshot save does.
func saveSnapshot(ctx context.Context, w *clientv3.Client, path string) error {
	r, err := w.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// etcdutl carries out a printed etcdutl snapshot restore.
func etcdutl(t *testing.T, command string) {
	t.Helper()
	rest, ok := strings.CutPrefix(command, "etcdutl ")
	if !ok {
		t.Fatalf("%s is no etcdutl command", command)
	}
	if *etcdutlProgram != "" {
		shell(t, *etcdutlProgram+" "+rest)
		return
	}
	cfg := snapshot.RestoreConfig{InitialClusterToken: "etcd-cluster"}
	for _, w := range shellWords(t, rest) {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "snapshot", "restore":
		case "--data-dir":
			cfg.OutputDataDir = value
		case "--name":
			cfg.Name = value
		case "--initial-cluster":
			cfg.InitialCluster = value
		case "--initial-advertise-peer-urls":
			cfg.PeerURLs = strings.Split(value, ",")
		case "--bump-revision":
			n, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			cfg.RevisionBump = n
		case "--mark-compacted":
			cfg.MarkCompacted = true
		default:
			if strings.HasPrefix(w, "-") || cfg.SnapshotPath != "" {
				t.Fatalf("%s is not known here", w)
			}
			cfg.SnapshotPath = w
		}
	}
	if err := snapshot.NewV3(zap.NewNop()).Restore(cfg); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
}

// shellWords are the words of a command as a shell reads them.
func shellWords(t *testing.T, command string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", "printf '%s\\n' "+command).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
