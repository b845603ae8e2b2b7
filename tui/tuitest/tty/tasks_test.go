package tty_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/tui/tuitest/tty"
)

// readmeTasks reads the table of the README: task → keys.
func readmeTasks(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "<!-- tasks -->\n")
	rest, _, ok := strings.Cut(rest, "<!-- /tasks -->")
	if !ok {
		t.Fatal("the README has no table of tasks")
	}
	out := map[string][]string{}
	for _, l := range strings.Split(strings.TrimSpace(rest), "\n")[2:] {
		name, keys, _ := strings.Cut(strings.Trim(l, "| "), " | ")
		out[name] = strings.Fields(strings.ReplaceAll(keys, "`", ""))
	}
	return out
}

// TestTasks does the README's tasks in the built program, on the demo: what a real API server wrote, in a real etcd.
func TestTasks(t *testing.T) {
	t.Parallel()
	const pod = ":key /registry/pods/team-a/hungry-75457d688f-jvnpc\r"
	tasks := map[string]struct {
		first, until string   // typed before, and what it leads to
		pause        []string // seen before the last, the last but one, … key is pressed
		see          []string
	}{
		"find a pod by a part of its name":     {pause: []string{"pods/team-a/picky"}, see: []string{"Pod team-a/picky"}},
		"go to its owner":                      {first: pod, until: "Pod team-a/hungry", see: []string{"ReplicaSet team-a/hungry-75457d688f"}},
		"see what changed last":                {first: "  ", until: "rev 890", see: []string{"Live changes", "+ pods/demo/nginx", "created"}},
		"copy its YAML":                        {first: pod, until: "kind: Pod", see: []string{"Copied the value as YAML"}},
		"open a Secret, masked, then revealed": {pause: []string{"***", "db-cred"}, see: []string{"SECRETS REVEALED"}},
		"see the biggest namespace":            {see: []string{"Namespaces, the biggest first", "❯ demo "}},
		"see all of its namespace":             {first: pod, until: "Pod team-a/hungry", pause: []string{"Namespace ─"}, see: []string{"In team-a", "pods/team-a/picky"}},
		"see the objects of a custom resource": {see: []string{"widgets.shop.example.com", "COLOR", "violet"}},
		"go to a revision":                     {see: []string{"AS OF rev 884"}},
		"pause the changes":                    {see: []string{"PAUSED"}},
		"save a snapshot":                      {pause: []string{"Save it as:"}, see: []string{"Snapshot saved and verified"}},
		"open a snapshot beside the cluster":   {first: "S\r", until: "Snapshot saved and verified", pause: []string{"1 backup, 1 verified"}, see: []string{"2/2"}},
		"plan the restore of a backup":         {first: "S\r", until: "Snapshot saved and verified", pause: []string{"1 backup, 1 verified"}, see: []string{"Steps, in this order"}},
		"rehearse the restore of a backup": {first: "S\r", until: "Snapshot saved and verified", pause: []string{"with one member", "Steps, in this order", "1 backup, 1 verified"},
			see: []string{"all equal to the file's"}},
	}
	table := readmeTasks(t)
	if len(table) != len(tasks) {
		t.Errorf("the README has %d tasks, the test %d", len(table), len(tasks))
	}
	for name, task := range tasks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := table[name]
			if len(keys) == 0 || len(keys) > 8 {
				t.Fatalf("it takes %d keys: %v", len(keys), keys)
			}
			s := tty.Start(t, tty.Config{W: 160, H: 50, Env: []string{"TERM=xterm-256color"}}, "sh", "-c", `cd "$1" && exec "$2" demo`, "sh", t.TempDir(), program)
			s.See("step 0 of 12")
			if task.first != "" {
				typed(s, task.first)
				s.See(task.until)
			}
			for i, k := range keys {
				if left := len(keys) - 1 - i; left < len(task.pause) && task.pause[left] != "" {
					s.See(task.pause[left])
				}
				s.Keys(strings.ReplaceAll(k, "enter", "\r"))
			}
			for _, want := range task.see {
				s.See(want)
			}
			s.Keys("\x03")
			s.Wait()
			clean(t, s)
		})
	}
}

// typed types a line as a person would: the last key when what was offered has been seen.
func typed(s *tty.Session, line string) {
	s.Keys(line[:len(line)-1])
	time.Sleep(300 * time.Millisecond)
	s.Keys(line[len(line)-1:])
}
