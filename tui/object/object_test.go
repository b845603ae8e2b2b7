package object

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

func stored(kind, name, data string, mod int64) *decode.Object {
	key := "/registry/" + strings.ToLower(kind) + "s/demo/" + name
	js, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": kind, "data": map[string]any{"k": data},
		"metadata": map[string]any{"name": name, "namespace": "demo", "managedFields": []any{map[string]any{"manager": "kubectl"}}}})
	if err != nil {
		panic(err)
	}
	return decode.New(decode.Options{}).Object([]byte(key), js, mod)
}

// show shows an object and draws it up, as the program does.
func show(p *Pane, o *decode.Object) {
	if p.Show(o, etcdsource.Entry{Key: o.Key, Mod: o.Mod}) != nil {
		draw(p)
	}
}

func draw(p *Pane) {
	o := p.Object()
	p.SetDoc(o, p.Format(), p.View(), Draw(o, p.Format(), p.View()), nil)
}

func shop(t *testing.T, reveal bool) *Pane {
	p := New(panetest.Style(t), reveal)
	p.Resize(60, 14)
	return p
}

func TestFormats(t *testing.T) {
	p := shop(t, false)
	p.Select("/registry/configmaps/demo/a", false)
	show(p, stored("ConfigMap", "a", "v", 7))
	see := func(format, what string) {
		t.Helper()
		if rows := panetest.Rows(t, p, 60, 14); !strings.Contains(rows, what) {
			t.Errorf("as %s:\n%s", format, rows)
		}
		if title := p.Title(); !strings.Contains(title.Left, "ConfigMap demo/a") || !strings.Contains(title.Right, format) {
			t.Errorf("as %s: title %+v", format, title)
		}
	}
	see("YAML", "  k: v")
	for _, c := range []struct {
		a            keymap.Action
		format, what string
	}{
		{keymap.Format, "JSON", `"k": "v"`}, {keymap.Format, "hex", "00000000  7b 22"}, {keymap.Format, "fields", "no protobuf"}, {keymap.Format, "YAML", "  k: v"},
		{keymap.ManagedFields, "YAML", "managedFields:"},
	} {
		if in := p.Do(c.a); in != (pane.Render{}) {
			t.Errorf("%s asks for %v", c.a, in)
		}
		draw(p)
		see(c.format, c.what)
	}
}

// TestReveal masks a Secret until it is asked for, and says in the title when it is shown.
func TestReveal(t *testing.T) {
	p := shop(t, false)
	show(p, stored("Secret", "s", "aHVudGVyMg==", 7))
	if rows := panetest.Rows(t, p, 60, 14); strings.Contains(rows, "aHVudGVyMg") || !strings.Contains(rows, "***") || strings.Contains(p.Title().Right, "REVEALED") {
		t.Errorf("masked:\n%s", rows)
	}
	p.Do(keymap.Reveal)
	if rows := panetest.Rows(t, p, 60, 14); strings.Contains(rows, "aHVudGVyMg") {
		t.Error("the old document is gone before the new one is there")
	}
	draw(p)
	if rows := panetest.Rows(t, p, 60, 14); !strings.Contains(rows, "aHVudGVyMg") || p.Title().Role != text.Warning || !strings.Contains(p.Title().Right, "REVEALED") {
		t.Errorf("revealed: %+v\n%s", p.Title(), rows)
	}
	p.Do(keymap.Reveal)
	draw(p)
	if rows := panetest.Rows(t, p, 60, 14); strings.Contains(rows, "aHVudGVyMg") {
		t.Error("it cannot be masked again")
	}
}

// TestStaleDocument drops documents that are not wanted any more.
func TestStaleDocument(t *testing.T) {
	p := shop(t, false)
	old, now := stored("ConfigMap", "a", "old", 7), stored("ConfigMap", "a", "now", 8)
	show(p, old)
	doc := old.YAML(decode.View{})
	p.Show(now, etcdsource.Entry{})
	p.SetDoc(old, YAML, decode.View{}, doc, nil)
	p.SetDoc(now, JSON, decode.View{}, now.Pretty(decode.View{}), nil)
	p.SetDoc(now, YAML, decode.View{Reveal: true}, now.YAML(decode.View{Reveal: true}), nil)
	if rows := panetest.Rows(t, p, 60, 14); !strings.Contains(rows, "k: old") {
		t.Errorf("while the new one is drawn up:\n%s", rows)
	}
	draw(p)
	if rows := panetest.Rows(t, p, 60, 14); !strings.Contains(rows, "k: now") {
		t.Errorf("then:\n%s", rows)
	}
	if in := p.Show(now, etcdsource.Entry{}); in != nil {
		t.Errorf("the same object asks for %v", in)
	}
}

// TestPinned names the version that is held fast, until another key is selected.
func TestPinned(t *testing.T) {
	p := shop(t, false)
	p.Select("/registry/configmaps/demo/a", false)
	show(p, stored("ConfigMap", "a", "v", 12345))
	p.Pin(12345)
	if title := p.Title(); title.Role != text.Travel || !strings.Contains(title.Right, "rev 12,345") {
		t.Errorf("title %+v", title)
	}
	p.Select("/registry/configmaps/demo/a", false)
	if p.Pinned() != 12345 {
		t.Error("selecting the same key lets it go")
	}
	if p.Select("/registry/configmaps/demo/b", false); p.Pinned() != 0 {
		t.Error("another key keeps it")
	}
}

// TestTitleOfCard: the title over a folder's card, or an error, is that of the card until another document is there.
func TestTitleOfCard(t *testing.T) {
	p := shop(t, false)
	p.Select("/registry/", true)
	p.Card(text.Plain, "8 keys")
	p.Select("/registry/configmaps/demo/a", false)
	if title := p.Title().Left; title != "/registry/" {
		t.Errorf("over the card of a folder: %q", title)
	}
	o := stored("ConfigMap", "a", "v", 7)
	p.Show(o, etcdsource.Entry{})
	if title := p.Title().Left; title != "/registry/" {
		t.Errorf("over the card of a folder, while the object is drawn: %q", title)
	}
	show(p, o)
	if title := p.Title().Left; title != "ConfigMap demo/a" {
		t.Errorf("over the object: %q", title)
	}
}

// TestDrawing draws at every size: nothing, a card, a document of hostile text.
func TestDrawing(t *testing.T) {
	p := shop(t, false)
	panetest.EverySize(t, p)
	p.Select("/registry/\x1b[31mx", false)
	p.Card(text.Error, "This key cannot be read:", "permission denied", "ask for it")
	panetest.EverySize(t, p)
	panetest.Golden(t, "card-40x10", p.Title().Left+"\n"+panetest.Rows(t, p, 40, 10))
	show(p, stored("ConfigMap", "\x1b]0;t\x07", "日本語\n\x1b[2J\u202e\n\tand a line that is much longer than the pane is wide, so that it is cut", 7))
	panetest.EverySize(t, p)
	panetest.Golden(t, "hostile-80x24", p.Title().Left+"\n"+panetest.Rows(t, p, 80, 24))
	p.Do(keymap.Wrap)
	panetest.EverySize(t, p)
	p.Search("name")
	if !p.Searched() || !strings.Contains(p.Title().Right, "1/") {
		t.Errorf("searched %t, title %+v", p.Searched(), p.Title())
	}
	panetest.EverySize(t, p)
}

// TestConvergence: what is said above the document takes rows from it, in any size, and goes again.
func TestConvergence(t *testing.T) {
	p := shop(t, false)
	p.Select("/registry/configmaps/demo/a", false)
	show(p, stored("ConfigMap", "a", "v", 7))
	p.SetConvergence(Convergence{Role: text.Warning, Sign: "▲", Why: "not converged: 2 of 4 ready; generation 13, its controller saw 12; " + strings.Repeat("and so on ", 40), For: "12s",
		Foot: "since 4912 (11:09:02Z), 12s", Key: "6", To: "report"})
	for _, size := range panetest.Sizes {
		panetest.Golden(t, fmt.Sprintf("convergence-%dx%d", size[0], size[1]), panetest.Rows(t, p, size[0], size[1]))
	}
	panetest.EverySize(t, p)
	if rows := panetest.Rows(t, p, 60, 2); !strings.HasPrefix(rows, " ▲ 12s  not converged: 2 of 4 ready") || !strings.Contains(rows, "\n apiVersion: v1") {
		t.Errorf("in two rows:\n%s", rows)
	}
	p.Resize(60, 14)
	p.Click(0, 0, false) // on what is said: the document stays where it is
	p.SetConvergence(Convergence{})
	if rows := panetest.Rows(t, p, 60, 14); !strings.HasPrefix(rows, " apiVersion: v1") {
		t.Errorf("after it:\n%s", rows)
	}
}

// TestTitleIsOfTheDocument shows a second object: until its document is drawn up, the first one's title stays above it.
// Where that takes long, what is shown is dimmed, and its title stays too.
func TestTitleIsOfTheDocument(t *testing.T) {
	p := shop(t, false)
	p.Select("/registry/configmaps/demo/one", false)
	show(p, stored("ConfigMap", "one", "v", 7))
	two := stored("ConfigMap", "two", "v", 8)
	p.Select("/registry/configmaps/demo/two", false)
	if p.Show(two, etcdsource.Entry{Key: two.Key, Mod: two.Mod}) == nil || !p.Drawing() {
		t.Fatal("the second object need not be drawn up")
	}
	if got := p.Title().Left; got != "ConfigMap demo/one" {
		t.Errorf("above the first document: %q", got)
	}
	p.Late()
	if got := p.Title(); got.Left != "ConfigMap demo/one" || got.Right != "drawing YAML…" {
		t.Errorf("while it takes long: %+v", got)
	}
	draw(p)
	if got := p.Title().Left; got != "ConfigMap demo/two" || p.Drawing() {
		t.Errorf("above the second document: %q", got)
	}
}
