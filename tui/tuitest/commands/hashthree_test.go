package commands_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestHashOfThree: three real members of which no two hold the same: what each holds of each key is said, no majority is made up where
// there is none, and nobody is to be replaced before a log has said who is right.
func TestHashOfThree(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, *etcdProgram)
	var eps []string
	for _, m := range members {
		eps = append(eps, m.HTTP)
	}
	w := members[0].Client()
	defer w.Close()
	const rev = 2 // of the first key
	for _, key := range []string{"a", "b", "c"} {
		if _, err := w.Put(etcdtest.Within(t, time.Minute), "/registry/configmaps/ns/"+key, "x"); err != nil {
			t.Fatal(err)
		}
	}
	set := func(i int, key, value string) {
		t.Helper()
		members[i].Stop()
		alter(t, members[i], "/registry/configmaps/ns/"+key, func(kv *mvccpb.KeyValue) *mvccpb.KeyValue { kv.Value = []byte(value); return kv })
		members[i].Start()
		members[i].Ready()
	}
	live := []string{"--yes", "--endpoints", strings.Join(eps, ",")}
	check := func(title string, first string, says []string, files ...string) {
		t.Helper()
		args := append(slices.Concat(live, files), "live")
		h, errs, code := runHash(t, args...)
		if code != 1 || h.Hash != "differs" || h.HashCheck.DiffersFrom != rev || h.HashCheck.Why != "" || !strings.Contains(h.Advice[0].Title, title) || !strings.Contains(h.Advice[0].Steps[0].Command, first) {
			t.Errorf("%d, %+v, %s", code, h, errs)
		}
		text, _, _ := execute(t, append([]string{"health", "--hash"}, args...)...)
		for _, s := range says {
			if !regexp.MustCompile(s).MatchString(text) {
				t.Errorf("no %q in\n%s", s, text)
			}
		}
	}
	set(1, "a", "yy")
	set(2, "a", "zzz")
	check("find out which one is right", "snapshot save before-m", []string{
		`m0 .* as no other one; in 1 key no version is held by most\n`, `m1 .* as no other one; in 1 key no version`, `m2 .* as no other one; in 1 key no version`,
		`ns/a  revision 2: value\n  m0: .*, 1 B, .*\n  m1: .*, 2 B, .* \(another value\)\n  m2: .*, 3 B, .* \(another value\)\n`, `Replace none before that is known`, `etcdscope health --hash live /var/lib/etcd`})
	check("m1 and m2 do not hold what was written: replace one after the other", members[0].HTTP, []string{
		`m0 .* right, by the`, `m1 .* WRONG in 1 key`, `m2 .* WRONG in 1 key`, `ns/a  revision 2: value\n  m0: .*, 1 B, .*; RIGHT`, `m1, /.*; WRONG`}, members[1].Dir)
	set(0, "a", "w")
	set(2, "b", "zzz")
	check("find out which one is right", "snapshot save before-m", []string{
		`m1 .* as no other one; in 1 key no version is held by most\n`, `m2 .* as no other one; other than most in 1 key; in 1 key no version is held by most\n`, `ns/b  revision 3: value\n  m0, m1: .*; as most\n  m2: .*; not as most`})
	check("none that serves is right: replace none", "snapshot save before-m", []string{`no member holds all that was written`, `m2 .* WRONG in 2 keys`, `ns/b  revision 3: value\n  m0, .*m1, .*; RIGHT`}, members[0].Dir, members[1].Dir, members[2].Dir)
}
