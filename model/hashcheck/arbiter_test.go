package hashcheck

import (
	"crypto/sha256"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestJudge: a version is right where it is what the log says; what a log does not say, which begins late, is not judged.
func TestJudge(t *testing.T) {
	t.Parallel()
	v := func(mod, version int64, value string) Version {
		return Version{Present: true, Mod: mod, Create: mod - version, Version: version, Sum: sha256.Sum256([]byte(value))}
	}
	wrote := func(known bool, since, mod, version int64, value string) etcdsource.LoggedVersion {
		l := etcdsource.LoggedVersion{Known: known, Present: true, Since: since, Entry: etcdsource.Entry{Mod: mod, Create: mod - version, Version: version, Value: []byte(value)}}
		if version == 0 {
			l.Create = 0
		}
		return l
	}
	deleted := etcdsource.LoggedVersion{Known: true, Since: 50}
	for name, c := range map[string]struct {
		log  etcdsource.LoggedVersion
		of   []Version
		want string
	}{
		"all is known":                            {wrote(true, 0, 60, 3, "a"), []Version{v(60, 3, "a"), v(60, 3, "b"), v(60, 2, "a"), {}}, "+---"},
		"written since it begins":                 {wrote(true, 50, 60, 0, "a"), []Version{v(60, 3, "a"), v(60, 3, "b"), v(59, 3, "a"), {}}, "+---"},
		"which version it is, is not in the log":  {wrote(true, 50, 60, 0, "a"), []Version{v(60, 3, "a"), v(60, 2, "a"), v(60, 3, "b")}, "??-"},
		"made again since it begins":              {wrote(true, 50, 60, 1, "a"), []Version{v(60, 1, "a"), v(60, 2, "a")}, "+-"},
		"deleted since it begins":                 {deleted, []Version{{}, v(40, 1, "a")}, "+-"},
		"not written since it begins":             {wrote(false, 50, 0, 0, ""), []Version{v(40, 1, "a"), v(40, 1, "b"), {}}, "???"},
		"not written since, though a copy has it": {wrote(false, 50, 0, 0, ""), []Version{v(40, 1, "a"), v(55, 2, "a")}, "?-"},
		"last written where it begins":            {wrote(false, 50, 0, 0, ""), []Version{v(50, 1, "a"), v(51, 1, "a")}, "?-"},
		"nothing is known":                        {wrote(false, 0, 0, 0, ""), []Version{v(40, 1, "a"), {}}, "??"},
	} {
		d := Difference{Versions: c.of}
		d.judge(&c.log)
		got := ""
		for _, v := range d.Versions {
			got += map[Rightness]string{NotKnown: "?", Right: "+", Wrong: "-"}[v.Right]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	d := Difference{Versions: []Version{v(60, 3, "a"), v(60, 3, "b")}}
	for _, value := range []string{"a", "b"} {
		l := wrote(true, 0, 60, 3, value)
		d.judge(&l)
	}
	if d.Versions[0].Right != Right || d.Versions[1].Right != Wrong {
		t.Errorf("a later log judges again what the first has judged: %+v", d.Versions)
	}
}
