package rules

import "testing"

// TestOwnConfigMaps: the ConfigMaps that kube-controller-manager keeps are no sign that its name was borrowed.
func TestOwnConfigMaps(t *testing.T) {
	for _, c := range []struct {
		ns, name string
		borrowed bool
	}{{"kube-public", "cluster-info", true}, {"demo", "kube-root-ca.crt", false}, {"kube-system", "any", true}, {"demo", "any", true}, {"kube-public", "any", true}} {
		f := newFeed(t)
		rev := f.put("configmaps/"+c.ns+"/"+c.name, object("ConfigMap", c.ns, c.name, "", `"data":{"ca.crt":"1"}`, mf("kube-controller-manager/Update 1", `"f:data":{"f:ca.crt":{}}`)))
		if got := f.findings()[rev]; got.Borrowed != c.borrowed {
			t.Errorf("%s/%s: borrowed is %v: %s", c.ns, c.name, got.Borrowed, got.Evidence)
		}
	}
}

// TestDecryptedUnderWrongKey: what was encrypted and could be decrypted is looked at like any other value; what could not
// is not.
func TestDecryptedUnderWrongKey(t *testing.T) {
	for problem, found := range map[string]bool{"": true, "no key": false} {
		f := newFeed(t)
		rev := f.put("configmaps/demo/a", data("b", "1"))
		f.cases(func(c *Case) {
			if c.Mod != rev {
				return
			}
			c.Cur.Encryption.Provider, c.Cur.Problem = "aescbc", problem
			if _, ok := objectUnderWrongKey.Judge(c); ok != found {
				t.Errorf("problem %q: found is %v", problem, ok)
			}
		})
	}
}

// TestCreationOffWithEntries: entries do not excuse a creationTimestamp that is a day off, unless their server's clock is.
func TestCreationOffWithEntries(t *testing.T) {
	f := newFeed(t)
	rev := between(f, func() int64 {
		return f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", `"creationTimestamp":"2026-01-01T10:02:00Z"`, `"data":{"a":"1"}`, mf("x/Update 1", dataSet)))
	})
	f.want(f.findings()[rev], "unknown", "says that it was created")
}

// TestSecondWriteOfASecond: where an entry is of about that time, the rules that follow have their say.
func TestSecondWriteOfASecond(t *testing.T) {
	f := newFeed(t)
	for i, v := range []string{"1", "2", "3", "4"} {
		f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", `"data":{"a":"`+v+`"}`, mf("x/Update "+string(rune('1'+i)), dataSet)))
	}
	f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 29", dataSet)))
	f.put("configmaps/demo/o", object("ConfigMap", "demo", "o", "", `"data":{"a":"x"}`, mf("x/Update 30", dataSet)))
	rev := f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"2"}`, mf("x/Update 29", dataSet)))
	f.want(f.findings()[rev], "unknown", "no managedFields entry accounts")
}
