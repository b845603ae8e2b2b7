package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestFilterByLastWrite: among keys the words of a filter ask for the last write of each.
func TestFilterByLastWrite(t *testing.T) {
	for _, kind := range []etcdsource.Kind{etcdsource.KindFile, etcdsource.KindLive} {
		src := tuitest.NewMemory(kind, "backup.db")
		src.Put("/registry/configmaps/shop/first", stored("ConfigMap", "first", "x"))
		src.Put("/registry/configmaps/shop/second", stored("ConfigMap", "second", "x"))
		src.Put("/registry/configmaps/shop/second", stored("ConfigMap", "second", "y"))
		src.Put("/registry/configmaps/shop/third", stored("ConfigMap", "third", "x"))
		src.Put("/registry/configmaps/shop/third", nil)
		src.Put("/registry/pods/shop/web", pod("web", "Running"))
		d := openedWith(t, src, 160, 40)
		for _, c := range []struct {
			text      string
			in, notIn string
		}{
			{"type:created", "configmaps/shop/first", "configmaps/shop/second"},
			{"type:updated", "configmaps/shop/second", "configmaps/shop/first"},
			{"!type:updated kind:cm", "configmaps/shop/first", "configmaps/shop/second"},
			{"type:created kind:cm", "configmaps/shop/first", "pods/shop/web"},
			{"field:.data.field=y", "configmaps/shop/second", "configmaps/shop/first"},
			{"field:.status.phase", "pods/shop/web", "configmaps/shop/first"},
			{"since:4 second", "configmaps/shop/second", "configmaps/shop/first"},
			{"until:3", "configmaps/shop/first", "configmaps/shop/second"},
		} {
			d.Press("1")
			d.Fill("/", c.text)
			d.Gone("pending")
			list := func() string {
				var out []string
				for _, l := range strings.Split(d.Text(), "\n") {
					if name, _, ok := strings.Cut(l, "│"); ok {
						out = append(out, name)
					}
				}
				keys, _, _ := strings.Cut(strings.Join(out, "\n"), "/registry/")
				return keys
			}
			d.Settle(c.text, func() bool { return strings.Contains(list(), c.in) && !strings.Contains(list(), c.notIn) })
			d.Press("esc")
		}
	}
}

// ownedBy is a ConfigMap whose managedFields know one manager.
func ownedBy(name, manager string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":"shop","uid":"u-%s","creationTimestamp":"2026-01-02T03:04:05Z",
"managedFields":[{"manager":%q,"operation":"Update","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:of":{}}}}]},
"data":{"of":%q}}`, name, name, manager, name)
}

// managed is a store of ConfigMaps of two managers.
func managed(kind etcdsource.Kind) *tuitest.Memory {
	src := tuitest.NewMemory(kind, "backup.db")
	src.Put("/registry/configmaps/shop/alpha", ownedBy("alpha", "kubectl"))
	src.Put("/registry/configmaps/shop/beta", ownedBy("beta", "kubectl"))
	src.Put("/registry/configmaps/shop/gamma", ownedBy("gamma", "kubelet"))
	src.Put("/registry/configmaps/shop/omega", ownedBy("omega", "kubectl"))
	src.Put("/registry/configmaps/shop/omega", nil)
	return src
}

// TestFilterByWriterEnds: what was looked up for the first letters of a name is used for the rest of it, and what is gone is counted.
func TestFilterByWriterEnds(t *testing.T) {
	d := openedWith(t, managed(etcdsource.KindFile), 160, 40)
	d.Press("/")
	d.Type("by:kube")
	d.See("of the last write of each key: who wrote it")
	d.See("of 4 ─")
	d.Gone("pending")
	d.Drain()
	d.Type("let")
	d.See("1 of 4 ─")
	d.Gone("pending")
	d.See("ConfigMap shop/gamma")
	d.Press("enter")
	d.See("of: gamma")
	d.See("/by:kubelet")
}

// TestFilterOfTable: / in a table chooses its rows by the last write of each, and 2 goes to the timeline of the row.
func TestFilterOfTable(t *testing.T) {
	d := openedWith(t, managed(etcdsource.KindFile), 160, 40)
	d.Command("configmaps")
	d.See("NAMESPACE  NAME")
	d.Press("/")
	d.Type("by:kubelet")
	d.See("configmaps  /by:kubelet")
	d.See("1 of 3 ─")
	d.Gone("shop       alpha")
	d.Press("2")
	d.See("by:kubelet2") // it is still typed
	d.Press("backspace")
	d.Press("enter")
	d.Press("2")
	d.See("ConfigMap shop/gamma")
	d.See("1 revision ─")
}

// TestFilterSaysLastWrites: what is chosen by the last write of each key is said to be, as long as the filter holds.
func TestFilterSaysLastWrites(t *testing.T) {
	d := openedWith(t, managed(etcdsource.KindFile), 160, 40)
	d.Press("1 /")
	d.Type("by:kubelet")
	d.Press("enter")
	d.See("by the last write of each key")
	d.Press("esc")
	d.Gone("by the last write of each key")
	d.Press("/")
	d.Type("by:absent")
	d.See("Only the last write of each")
	d.Press("esc /")
	d.Type("nothing-such")
	d.See("No key matches")
	d.Gone("Only the last write of each")
}

// TestFilterLooksAtSome: where more keys are found than are looked at, and none of those passes, it is not said that no key does.
func TestFilterLooksAtSome(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindLive, "backup.db")
	for i := range 600 {
		src.Put(fmt.Sprintf("/registry/configmaps/shop/c%03d", i), stored("ConfigMap", fmt.Sprintf("c%03d", i), "x"))
	}
	d := openedWith(t, src, 160, 40)
	d.Press("1")
	d.Fill("/", "by:absent")
	d.See("Of the first 500 keys none")
	d.See("100 more are not looked at")
	d.Gone("No key matches")
	d.Press("esc")
	d.Fill("/", "type:deleted")
	d.See("No key matches type:deleted")
	d.See("What was deleted before the start")
}

// TestFilterWithNoKey: where no key passes, no object is shown, and esc gives the table back that the filter began in.
func TestFilterWithNoKey(t *testing.T) {
	for _, keys := range []string{"enter esc", "esc"} {
		d := openedWith(t, managed(etcdsource.KindFile), 160, 40)
		d.Command("configmaps")
		d.See("NAMESPACE  NAME")
		d.Press("1")
		d.Press("/")
		d.Type("by:absent")
		d.See("No key matches")
		d.See("No key is selected.")
		d.Gone("of: alpha")
		d.Gone("ConfigMap shop/")
		d.Press(keys)
		d.See("NAMESPACE  NAME")
		d.See("3 in all")
		d.Gone("Timeline")
	}
}
