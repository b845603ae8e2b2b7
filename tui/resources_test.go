package tui

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// sized is an object that takes n bytes as it is stored.
func sized(resource, name string, n int) []byte {
	kind := map[string]string{"configmaps": "ConfigMap", "secrets": "Secret", "pods": "Pod"}[resource]
	return stored(kind, name, strings.Repeat("x", n-len(stored(kind, name, ""))))
}

// shows waits until a row of the screen, without the tree beside it, has the words.
func shows(d *tuitest.Driver, name string, want string) {
	d.Settle(want, func() bool {
		for _, l := range strings.Split(d.Text(), "\n") {
			if strings.Contains(strings.Join(strings.Fields(l), " "), name+" "+want) {
				return true
			}
		}
		return false
	})
}

// TestResourceList: s at the root lists the resources with what the keys of each take together, at the time that is shown, in the place of
// the overview; sorted, it names the column and its direction. esc shows the overview again.
func TestResourceList(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	src.Put("/registry/configmaps/shop/a", sized("configmaps", "a", 1000))
	src.Put("/registry/configmaps/shop/b", sized("configmaps", "b", 500))
	src.Put("/registry/secrets/shop/c", sized("secrets", "c", 12000))
	src.Put("/registry/configmaps/shop/b", sized("configmaps", "b", 700))
	d := openedWith(t, src, 160, 40)
	d.See("Resources (3 keys)")
	d.Press("s")
	d.See("by BYTES")
	d.Press("b")
	shows(d, "configmaps/", "2 ConfigMap 1700")
	shows(d, "secrets/", "1 Secret 12,000")
	d.See("BYTES↓")
	text := d.Text()
	if strings.Index(text, "secrets/") > strings.Index(text, "configmaps/") {
		t.Errorf("the largest is not first:\n%s", text)
	}
	d.Press("s b")
	d.See("BYTES↑")
	d.Press("[")
	d.See("AS OF")
	shows(d, "configmaps/", "2 ConfigMap 1500")
	d.Press("0")
	shows(d, "configmaps/", "2 ConfigMap 1700")
	d.Press("esc")
	d.See("Resources (3 keys)")
	d.Command("resources")
	d.See("NAME")
	d.Press("enter")
	listed(d)
}

// TestSumsFollowTheStore: the sums of a store of one's own are right after each write, without a key pressed.
func TestSumsFollowTheStore(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindDemo, "demo")
	src.Put("/registry/configmaps/shop/a", sized("configmaps", "a", 1000))
	src.Put("/registry/configmaps/shop/b", sized("configmaps", "b", 500))
	d := openedWith(t, src, 160, 40)
	d.Command("resources")
	shows(d, "configmaps/", "2 ConfigMap 1500")
	src.Put("/registry/configmaps/shop/b", sized("configmaps", "b", 210))
	shows(d, "configmaps/", "2 ConfigMap 1210")
	src.Put("/registry/configmaps/shop/b", nil)
	shows(d, "configmaps/", "1 ConfigMap 1000")
	src.Put("/registry/pods/shop/p", sized("pods", "p", 177))
	shows(d, "pods/", "1 Pod 177")
}

// TestSumsOfAServer: a server is asked for sizes only where somebody wants them; the menu says what that costs.
func TestSumsOfAServer(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindLive, "prod")
	src.Put("/registry/configmaps/shop/a", sized("configmaps", "a", 1000))
	src.Put("/registry/secrets/shop/c", sized("secrets", "c", 12000))
	d := openedWith(t, src, 160, 40)
	d.Command("resources")
	shows(d, "configmaps/", "1 ConfigMap")
	if strings.Contains(d.Text(), "BYTES") {
		t.Errorf("sizes were read without being asked for:\n%s", d.Text())
	}
	shows(d, "registry", "2")
	d.Press("s")
	d.See("by BYTES: reads all 2 values, in about 1 request")
	d.Press("b")
	d.See("BYTES↓")
	shows(d, "secrets/", "1 Secret 12,000")
	d.Drain()
	src.Put("/registry/configmaps/shop/a", sized("configmaps", "a", 2000))
	d.See("Bytes and versions are those at revision")
	d.Press("s")
	d.See("by BYTES: reads all 2 values")
	d.Press("b")
	shows(d, "configmaps/", "1 ConfigMap 2000")
	d.Gone("Bytes and versions are those at revision")
}
