package print

import "testing"

// TestRefused: a command line that says nothing sensible ends with 2 before anything is opened, and says what helps.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"log --since 12 --until 11", "ends before it begins"},
		{"paint x", "no command"},
		{"paint", "no such file, and no command"},
		{"lgo", "did you mean log or ls?"},

		{"help paint", "no such command"},
		{"help snapshot paint", "no such command"},
		{"completion", "bash, fish"},
		{"completion csh", "bash, fish"},
		{"report --limit -1", "--limit -1"},
		{"ls --read-rate -1", "--read-rate -1"},
		{"ls --read-rate NaN", "--read-rate NaN"},
		{"ls --root testdata/none", "no folder"},
		{"demo paint", "no story"},
		{"snapshot paint x.db", "no etcdscope snapshot paint"},
		{"snapshot", "save, status, verify, list, history or restore"},
		{"diff --from missing.db", "nothing is named"},
		{"--from x --demo ls", "exclude each other"},
		{"ls --from=", "read --from: it is empty"},
		{"--from=", "read --from: it is empty"},
		{"ls --endpoints=", "read --endpoints: it is empty"},
		{"ls --name=", "read --name: it is empty"},
		{"diff --from a.db --to=", "read --to: it is empty"},
	} {
		t.Run(c.args, func(t *testing.T) { ends(t, file(cluster(), 0), c.args, exitUsage, c.says) })
	}
}

// TestNoPath: a path that is not there is said as that, with the code of a source, whether the screen could run or not.
func TestNoPath(t *testing.T) {
	for _, args := range []string{"./paint", "/no/such.db", "paint.db", "paint.db --no-anim"} {
		ends(t, file(cluster(), 0), args, exitSource, "there is no such file")
	}
	for _, args := range []string{"gett", "gett pods -A", "gett pods"} {
		ends(t, file(cluster(), 0), args, exitUsage, "did you mean get?")
	}
}
