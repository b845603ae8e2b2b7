package tty_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// newcomerTasks are questions that a newcomer asks in the first minutes, with the keys that answer it and what is on the screen then. What is in
// braces is waited for, and is no key; a word that is typed counts as one, and has ~ for a blank.
var newcomerTasks = []struct {
	name, keys string
	see        []string
}{
	{"what happened in the last two minutes", "3 / s {since} tab 2m enter", []string{"/since:2m", " rows"}},
	{"what a writer wrote", "3 / b tab {by:} kubele tab enter", []string{"/by:kubelet ", " rows", "✓ kubelet"}},
	{"an object before its deletion, and back", "g d {is:gone} {−~} enter {gone~at} a", []string{"Bring back 1 object as YAML", "write it into a file"}},
	{"why a namespace hangs", "6 {namespaces/doomed} down down", []string{"❯✗ namespaces/doomed", "being deleted; Some resources are remai"}},
	{"what is not ready, and why", "6", []string{"pods/crash -n demo", "c ended: Error"}},
	{"the biggest Secret", ": sec {secrets} enter {6~in~all} s {by~BYTES} b", []string{"by BYTES", "BYTES↓", "web-tls"}},
	{"what takes most bytes", "9", []string{"Space by resource", "SHARE↓", "❯ pods"}},
	{"a ConfigMap by a text in it", "g / noop enter", []string{"1 hit in", "configmaps/team-a/flags", "seq: noop"}},
	{"now against five minutes ago in one namespace", "N {Namespace~─} demo {❯~demo} enter {In~demo} c {5~minutes~ago} m {created} {app-config}", []string{"→", "kubect", "app-config"}},
	{"the pod with most restarts", ": po {pods} enter {9~in~all} s {by~RESTARTS} 5", []string{"by RESTARTS", "RESTARTS↓", "❯ demo"}},
	{"the scheduler's writes to one pod", ": po {pods} enter {9~in~all} enter {Timeline} {revisions} 2 / by:sched enter", []string{"/by:sched", "1 of 16 revisions", "assigned to node-a"}},
	{"an export for a ticket", ": po {pods} enter {9~in~all} enter {Timeline} {16~revisions} d {hunk~1/} e {Write} enter", []string{".diff"}},
	{"the command that shows the same", "y", []string{"the command that shows this", "etcdscope overview"}},
	{"a timeline by writer and time", ": po {pods} enter {9~in~all} enter {Timeline} {16~revisions} 2 / by:kubelet~since:70s enter", []string{"/by:kubelet s", "─ 5 of 16 revisions"}},
	{"pods by age and by size", ": po {pods} enter {9~in~all} s {by~AGE} a {AGE↑} s {by~BYTES} b", []string{"by BYTES", "BYTES↓"}},
}

// onDemo are the tasks that are another one in the demo.
var onDemo = map[string]struct {
	keys string
	see  []string
}{
	"the command that shows the same": {"y", []string{"the command that shows this", "etcdscope overview --demo"}},
	"an export for a ticket":          {": po {pods} enter {9~in~all} enter {kind:~Pod} d {hunk~1/} e {Write} enter", []string{".diff"}},
	"the scheduler's writes to one pod": {": po {pods} enter {9~in~all} enter {kind:~Pod} 2 {revisions} / by:sched enter",
		[]string{"/by:sched", "1 of 16 revisions", "assigned to node-a"}},
	"a timeline by writer and time": {": po {pods} enter {9~in~all} enter {kind:~Pod} 2 {16~revisions} / by:kubelet~since:70s enter", []string{"/by:kubelet s", "─ 7 of 16 revisions"}},
}

// TestNewcomer does these tasks in the built program, on the file that the demo is made of, and in the demo.
func TestNewcomer(t *testing.T) {
	file, err := filepath.Abs("../../../etcdsource/demo/stories/pod/cut.db.zst")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{file, "demo"} {
		for _, size := range [][2]int{{80, 24}, {160, 48}} {
			t.Run(strings.TrimSuffix(filepath.Base(source), ".db.zst")+map[int]string{80: "-80x24", 160: "-160x48"}[size[0]], func(t *testing.T) {
				t.Parallel()
				s := tty.Start(t, tty.Config{W: size[0], H: size[1], Env: []string{"TERM=xterm-256color"}}, "sh", "-c", `cd "$1" && exec "$2" "$3"`, "sh", t.TempDir(), program, source)
				s.See("Overview")
				s.See("pods/crash -n demo")
				for _, task := range newcomerTasks {
					keys, see := task.keys, task.see
					if other, ok := onDemo[task.name]; ok && source == "demo" {
						keys, see = other.keys, other.see
					}
					t.Log(task.name)
					if n := press(s, keys); n > 8 {
						t.Errorf("%s takes %d keys: %s", task.name, n, keys)
					}
					for _, want := range see {
						s.See(want)
					}
					if strings.Contains(keys, " s ") { // the order would be kept for the tasks that follow
						press(s, "s {by~key} 0")
					}
					home(s)
				}
			})
		}
	}
}

// press presses keys, and returns how many they are.
func press(s *tty.Session, keys string) (n int) {
	for _, k := range strings.Fields(keys) {
		if text, ok := strings.CutPrefix(k, "{"); ok {
			s.See(strings.ReplaceAll(strings.TrimSuffix(text, "}"), "~", " "))
			continue
		}
		n++
		if named, ok := map[string]string{"enter": "\r", "tab": "\t", "down": "\x1b[B"}[k]; ok {
			k = named
		}
		s.Keys(strings.ReplaceAll(k, "~", " "))
	}
	return n
}

// home goes back to the first screen, as esc does layer by layer, until it changes nothing any more. Screens are compared seldom: that
// costs more than all else.
func home(s *tty.Session) {
	for n, still := 0, 0; n < 12 && still < 3; n++ {
		before := s.Screen()
		s.Keys("\x1b")
		still++
		for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
			if s.Screen() != before {
				still = 0
				break
			}
		}
	}
	s.Keys("1")
	s.Keys("\x1b[H")
	s.See("Overview")
	s.See("❯▾ registry")
}
