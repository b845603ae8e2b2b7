package commands_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestQuorumLostForGood: two of three members lose their data for good. What is advised for the member that is left, carried out to
// the letter, makes three members of it again, which hold all that it held: where that member answers, and where only its data
// directory is left.
func TestQuorumLostForGood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ stopped, known bool }{"one answers": {false, false}, "a data directory": {true, true}, "a data directory, and a store without nodes": {true, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := loseTwo(t, c.stopped, c.known)
			l.restore()
			l.addOthers()
			l.holdAll()
		})
	}
}

// lostQuorum is a cluster of which the first member is left.
type lostQuorum struct {
	t       *testing.T
	members []*etcdtest.Member
	eps     []string
	root    string   // the file tree of the first member's node, "" where it answers
	dir     string   // its data directory
	newest  int64    // the revision that it holds
	next    []string // commands that were advised and not carried out yet
}

// ask asks what is advised about something, in a state.
func (l *lostQuorum) ask(about string, want state) []string {
	l.t.Helper()
	args := []string{}
	if l.root != "" {
		args = append(args, "--root", l.root)
	}
	return untilState(l.t, l.eps, want, args...).commands(about)
}

// loseTwo starts three members, and loses two of them with their data; where the third is stopped too, what is known of its node is
// in files.
func loseTwo(t *testing.T, stopped, known bool) *lostQuorum {
	l := &lostQuorum{t: t, members: etcdtest.Members(t, 3, *etcdProgram)}
	for _, m := range l.members {
		l.eps = append(l.eps, m.HTTP)
	}
	first := l.members[0]
	l.dir = first.Dir
	w := first.Client()
	defer w.Close()
	for i := range 40 {
		r, err := w.Put(etcdtest.Within(t, time.Minute), fmt.Sprintf("/registry/configmaps/ns/c%02d", i), "v")
		if err != nil {
			t.Fatal(err)
		}
		l.newest = r.Header.Revision
	}
	if known {
		l.nodes(w)
	}
	for _, m := range l.members[1:] {
		m.Kill()
		if err := os.RemoveAll(m.Dir); err != nil {
			t.Fatal(err)
		}
	}
	one := minority
	if stopped {
		first.Stop()
		l.node()
		one = state{3, "no quorum", 0, "no answer, no answer, no answer", "3 members, and none answers"}
	}
	l.next = l.ask("quorum", one)
	return l
}

// nodes writes the nodes of the members, and the mirror pods that etcd has there.
func (l *lostQuorum) nodes(w *clientv3.Client) {
	l.t.Helper()
	list, err := w.MemberList(etcdtest.Within(l.t, time.Minute))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, m := range list.Members {
		u, err := url.Parse(m.PeerURLs[0])
		if err != nil {
			l.t.Fatal(err)
		}
		node := fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":%q,"labels":{"node-role.kubernetes.io/control-plane":""}},"status":{"addresses":[{"type":"InternalIP","address":%q}]}}`, m.Name, u.Hostname())
		pod := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"etcd-%s","namespace":"kube-system"}}`, m.Name)
		for key, value := range map[string]string{"minions/" + m.Name: node, "pods/kube-system/etcd-" + m.Name: pod} {
			if _, err := w.Put(etcdtest.Within(l.t, time.Minute), "/registry/"+key, value); err != nil {
				l.t.Fatal(err)
			}
		}
	}
}

// node writes what the node of the first member has: its data directory, and the settings that name it.
func (l *lostQuorum) node() {
	l.t.Helper()
	l.root = etcdtest.Dir(l.t)
	l.dir = filepath.Join(l.root, "var/lib/etcd")
	first := l.members[0]
	for _, dir := range []string{filepath.Dir(l.dir), filepath.Join(l.root, "etc/default")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			l.t.Fatal(err)
		}
	}
	if err := os.Rename(first.Dir, l.dir); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Symlink(l.dir, first.Dir); err != nil {
		l.t.Fatal(err)
	}
	write(l.t, filepath.Join(l.root, "etc/default/etcd"), "ETCD_NAME=m0\nETCD_DATA_DIR=/var/lib/etcd\nETCD_LISTEN_CLIENT_URLS="+first.HTTP+"\n")
}

// restore carries out what makes a cluster of one member.
func (l *lostQuorum) restore() {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "rescue.db")
	var done []string
	moved := ""
	for len(l.next) > 0 && verbOf(l.next[0]) != "add" {
		c := strings.ReplaceAll(l.next[0], "rescue.db", file)
		if l.root == "" {
			c = strings.ReplaceAll(c, "/var/lib/etcd", l.dir)
		}
		switch verb := verbOf(c); verb {
		case "systemctl": // can the others be started?
		case "snapshot":
			carryOut(l.t, c)
		case "etcdscope":
			l.etcdscope(c)
		case "mv":
			l.members[0].Stop()
			shell(l.t, c)
			moved = c
		case "etcdutl":
			etcdutl(l.t, c)
			if said, err := exec.Command("sh", "-c", moved).CombinedOutput(); err == nil || !strings.Contains(string(said), l.dir+".old exists: move it away first") {
				l.t.Errorf("%s: a second time it moves what was restored, or does not say why not: %v, %s", moved, err, said)
			}
			if _, err := os.Stat(filepath.Join(l.dir, "member")); err != nil {
				l.t.Error(err)
			}
		default:
			l.t.Fatalf("%s is not expected", c)
		}
		if verb := verbOf(c); verb == "mv" && l.root != "" {
			l.goesOn(file)
		}
		done = append(done, verbOf(c))
		l.next = l.next[1:]
	}
	want := map[bool]string{false: "systemctl snapshot etcdscope mv etcdutl", true: "systemctl etcdscope etcdscope etcdscope mv etcdutl"}[l.root != ""]
	if strings.Join(done, " ") != want {
		l.t.Errorf("carried out %v, want %s", done, want)
	}
	if l.root != "" { // what was done is not advised again
		if next := l.ask("quorum", state{3, "no quorum", 0, "no answer", "1 member, and none answers"}); verbs(next) != "systemctl etcdscope" {
			l.t.Errorf("restored, and not started: %q", next)
		}
	}
	l.members[0].Start()
	l.members[0].Ready()
}

// goesOn asks again when the data directory was moved aside: what is left to be done is said, with the directory where it is now.
func (l *lostQuorum) goesOn(file string) {
	l.t.Helper()
	aside := l.dir + ".old"
	want := []string{"etcdscope " + aside, "etcdscope snapshot save rescue.db --from " + aside, "etcdscope snapshot restore rescue.db", strings.ReplaceAll(l.next[1], file, "rescue.db")}
	got := l.ask("quorum", state{3, "no quorum", 0, "no answer, no answer, no answer", "3 members, and none answers"})
	if len(got) < 5 || !slices.Equal(got[1:5], want) {
		l.t.Errorf("moved aside: %q, want %q", got, want)
	}
}

// etcdscope runs a printed command of the program itself; what would show a file on the screen prints a key of it instead.
func (l *lostQuorum) etcdscope(command string) {
	l.t.Helper()
	args := shellWords(l.t, strings.TrimPrefix(command, "etcdscope "))
	if len(args) == 1 {
		args = append([]string{"get", "/registry/configmaps/ns/c39", "-o", "raw", "--from"}, args...)
	}
	if out, errs, code := execute(l.t, args...); code != 0 {
		l.t.Fatalf("%s: exit %d\n%s%s", command, code, out, errs)
	}
}

// addOthers carries out what adds the other members, one after the other, and asks what is next after each step. Where the store knows
// the nodes, or the old data directory the members, what is said then leads to the end, and the cluster is not healthy before; else it is
// what was said at first.
func (l *lostQuorum) addOthers() {
	l.t.Helper()
	voters := []state{{0, "healthy", 0, "leader", "1 member, quorum 1: you can lose none"}, {0, "healthy", 0, "follower, leader", "2 members, quorum 2: you can lose none"}, allWell}
	if l.root != "" {
		for i := range 2 {
			voters[i].code, voters[i].verdict = 1, "degraded"
		}
	}
	for i, n := range []string{"1 member", "2 members"} {
		before, dir := voters[i], l.members[i+1].Dir
		if next := l.ask("incomplete", before); l.root != "" {
			if verbs(next) != "rm add etcd promote" {
				l.t.Fatalf("%s: %q", n, next)
			}
			l.next = next[1:2]
		}
		if len(l.next) == 0 || verbOf(l.next[0]) != "add" || strings.Contains(l.next[0], "ADDRESS") {
			l.t.Fatalf("%s: no member is added by %q", n, l.next)
		}
		eventually(l.t, l.next[0]) // etcd wants the members to have been connected for 5 s
		l.next = l.next[1:]
		added := before
		added.code, added.verdict, added.rows = 1, "degraded", before.rows+", never started"
		added.sentence = strings.Replace(before.sentence, n, n+" and 1 learner", 1)
		cmds := l.ask("never-started", added)
		if verbs(cmds) != "rm etcd promote remove" {
			l.t.Fatalf("%s: %q", n, cmds)
		}
		shell(l.t, strings.ReplaceAll(cmds[0], "DATA-DIR", dir)) // on the host of the first one, whose directory is not named
		start(l.t, cmds[1], dir)
		learns := added
		learns.rows = before.rows + ", learner"
		if l.root == "" || i == 1 { // the last one
			learns.code, learns.verdict = 0, "healthy"
		}
		if cmds = l.ask("learner", learns); !strings.HasSuffix(verbs(cmds), "promote remove") {
			l.t.Fatalf("%s: %q", n, cmds)
		}
		eventually(l.t, cmds[len(cmds)-2]) // it has to catch up
	}
	if h := untilState(l.t, l.eps, allWell); len(h.cluster.Advice) > 0 {
		l.t.Errorf("in the end: %+v", h.cluster.Advice)
	}
}

// eventually carries out a command that is refused at first, as etcd does until members have been connected for a time.
func eventually(t *testing.T, command string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		out, err := tryOut(t, command)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
}

// holdAll checks that each member holds all keys, at revisions above those that clients have seen.
func (l *lostQuorum) holdAll() {
	l.t.Helper()
	for _, m := range runHealth(l.t, l.eps).members {
		w := clientOf(l.t, m["endpoint"].(string))
		defer w.Close()
		r, err := w.Get(etcdtest.Within(l.t, time.Minute), "/registry/configmaps/", clientv3.WithPrefix())
		if err != nil || len(r.Kvs) != 40 || r.Header.Revision < l.newest+1_000_000_000 {
			l.t.Errorf("%v: %+v, %v", m, r, err)
		}
	}
}
