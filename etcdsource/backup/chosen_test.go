package backup

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestChosen: a cluster of several is chosen by the beginning of its uid or of the ID of its etcd, or by its name.
func TestChosen(t *testing.T) {
	t.Parallel()
	all := []etcdsource.Backup{
		{Path: "a1", Cluster: "aaaa-1111", Store: "cdf8"}, {Path: "a2", Cluster: "aaaa-1111", Store: "99990000"}, {Path: "a3", Cluster: "aaaa-1111"},
		{Path: "b1", Cluster: "aaaa-2222", Name: "prod"}, {Path: "packed"}, {Path: "notes", Foreign: true}, {Path: "kops", Name: "test"},
	}
	for choice, want := range map[string]string{
		"":          "a1 a2 a3 b1 packed notes kops",
		"aaaa-1111": "a1 a2 a3 packed kops",
		"aaaa-2":    "b1 packed kops",
		"9999":      "a2 a3 packed kops",
		"prod":      "b1 packed kops",
		"test":      "kops",
		"aaaa":      "there are two of which that can be said: aaaa-1111 and aaaa-2222",
		"cdf":       "no backup is known to be of it; there are backups of aaaa-1111, aaaa-2222, test",
		"notes":     "no backup is known to be of it; there are backups of aaaa-1111, aaaa-2222, test",
	} {
		list, err := Chosen(all, choice)
		var got []string
		for i := range list {
			got = append(got, list[i].Path)
		}
		if err != nil {
			got = append(got, err.(*etcdsource.Problem).Why)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%q: %s, want %s", choice, g, want)
		}
	}
}

// TestSeveral: where nothing is chosen and the backups are of several clusters, these are named so that each can be chosen, the one that
// is asked first.
func TestSeveral(t *testing.T) {
	t.Parallel()
	one := []etcdsource.Backup{{Path: "a", Cluster: "aaaa-1111", Store: "cdf8"}, {Path: "b", Store: "cdf8"}, {Path: "c"}, {Path: "d", Cluster: "aaaa-1111", Name: "prod"}, {Path: "e", Name: "prod"}}
	two := append([]etcdsource.Backup{{Path: "x", Name: "test"}}, append(one, etcdsource.Backup{Path: "y", Cluster: "bbbb-2222"}, etcdsource.Backup{Path: "z", Store: "99990000"})...)
	alike := []etcdsource.Backup{{Path: "a", Cluster: "aaaa-1111", Name: "prod"}, {Path: "b", Cluster: "bbbb-2222", Name: "prod"}, {Path: "n", Cluster: "cccc-3333", Foreign: true}}
	for _, c := range []struct {
		list         []etcdsource.Backup
		choice, want string
	}{{one, "", ""}, {two, "", "prod, not test bbbb-2222 99990000"}, {two, "bbbb", ""}, {alike, "", "aaaa-1111, not bbbb-2222"}, {nil, "", ""}} {
		got := ""
		_, cluster, _ := Asked(c.list, &etcdsource.HistoryOptions{Cluster: c.choice, Skipped: func(string, string) {}, Several: func(asked string, others []string) {
			got = asked + ", not " + strings.Join(others, " ")
			for _, name := range append(others, asked) {
				if list, err := Chosen(c.list, name); err != nil || len(list) == 0 {
					t.Errorf("%s chooses %v, %v", name, list, err)
				}
			}
		}})
		if got != c.want || c.list != nil && cluster != "aaaa-1111" {
			t.Errorf("%q, want %q, of %s", got, c.want, cluster)
		}
	}
}
