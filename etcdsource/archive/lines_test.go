package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestHistoryOfTwoLines: of backups of a store and of a copy of it, with the same uid and no index, those of the copy are left out where
// both take turns; where they do not, the first revision that differs is named.
func TestHistoryOfTwoLines(t *testing.T) {
	t.Parallel()
	const key = "/registry/configmaps/shop/flags"
	write := func(value string) sourcetest.Op {
		return sourcetest.Op{{Key: []byte(key), Value: []byte(value)}, {Key: []byte("/registry/namespaces/kube-system"), Value: []byte("uid")}}
	}
	grown := func(n int, line string) (ops []sourcetest.Op) { // revisions 2 to 4 are those of both
		for i := range n {
			if i < 3 {
				ops = append(ops, write(fmt.Sprint(i)))
			} else {
				ops = append(ops, write(fmt.Sprint(line, i)))
			}
		}
		return ops
	}
	for name, c := range map[string]struct {
		made       string // the line of each day's backup, and how many revisions it has
		versions   string // of the history
		left, said string
	}{
		"one store":            {"a3 a4 a6", "0 1 2 a3 a4 a5", "", ""},
		"a copy that lives":    {"a3 b4 a5 b6 a7", "0 1 2 a3 a4 a5 a6", "1 3", ""},
		"one backup of a copy": {"a3 b5 a6", "0 1 2 b3 b4 a3 a4 a5", "", "1 and 2 from 5"},
		"a store set back":     {"a3 a6 b4 b5", "0 1 2 a3 a4 a5 b3 b4", "", "1 and 2 from 5"},
	} {
		dir := t.TempDir()
		var list []etcdsource.Backup
		for day, what := range strings.Fields(c.made) {
			path := filepath.Join(dir, fmt.Sprint(day))
			if err := os.Rename(sourcetest.WriteSnapshot(t, grown(int(what[1]-'0'), what[:1])), path); err != nil {
				t.Fatal(err)
			}
			list = append(list, etcdsource.Backup{Path: path, Time: time.Unix(int64(day), 0)})
		}
		var left, said []string
		got, err := History(t.Context(), list, Asking{Key: []byte(key), Open: FromFile(snapfile.Options{}),
			Skipped: func(path, why string) {
				if left = append(left, filepath.Base(path)); !strings.Contains(why, "from revision 5 on it holds other versions of the key than ") {
					t.Errorf("%s: %s is left out: %s", name, path, why)
				}
			},
			Contradiction: func(older, newer string, revision int64) {
				said = append(said, fmt.Sprintf("%s and %s from %d", filepath.Base(older), filepath.Base(newer), revision))
			}})
		if err != nil {
			t.Fatal(err)
		}
		var versions []string
		for i := range got {
			if name == "a store set back" && i > 5 && (filepath.Base(got[i].Upto.Path) != fmt.Sprint(i-4) || (got[i].After.Path == "") != (i == 6)) {
				t.Errorf("%s: version %d was made after %q and before %q", name, i, got[i].After.Path, got[i].Upto.Path)
			}
			versions = append(versions, string(got[i].Value))
		}
		if v := strings.Join(versions, " "); v != c.versions || strings.Join(left, " ") != c.left || strings.Join(said, ";") != c.said {
			t.Errorf("%s: it is %s, left out %q, said %q; want %s, %s, %s", name, v, left, said, c.versions, c.left, c.said)
		}
	}
}
