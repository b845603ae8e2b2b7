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
