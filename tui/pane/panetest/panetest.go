// Package panetest draws panes in tests.
//
//	Pane ─► Rows ─► text of w columns and h rows ─► Golden
//
// What always holds: a row that is not exactly as wide as Resize set, or that draws what could steer a terminal,
// fails the test that draws it.
package panetest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

// Sizes are those at which panes are compared: as narrow as they get, usual, and large.
var Sizes = [][2]int{{40, 10}, {80, 24}, {160, 50}}

// Style returns what panes draw with, at a fixed time.
func Style(t testing.TB) *pane.Style {
	t.Helper()
	th, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	return &pane.Style{Theme: th, Now: time.Date(2026, 11, 22, 11, 10, 0, 0, time.UTC), Focus: true}
}

// Drawer is what a pane has that draws.
type Drawer interface {
	Resize(w, h int)
	Row(b []byte, y int) []byte
}

// Rows draws a pane at a size, blanks at the ends of rows and empty rows at the end cut.
func Rows(t testing.TB, p Drawer, w, h int) string {
	t.Helper()
	p.Resize(w, h)
	var out strings.Builder
	before := "kept"
	for y := range h {
		b := p.Row([]byte(before), y)
		row, ok := strings.CutPrefix(string(b), before)
		plain := ansi.Strip(row)
		if !ok || ansi.StringWidth(row) != w {
			t.Fatalf("row %d at %dx%d is %d columns wide: %q", y, w, h, ansi.StringWidth(row), plain)
		}
		for _, r := range plain {
			if clean.Bad(r) {
				t.Fatalf("row %d holds %U: %q", y, r, plain)
			}
		}
		if again := string(p.Row(nil, y)); again != row {
			t.Fatalf("row %d is drawn differently a second time: %q, %q", y, row, again)
		}
		out.WriteString(strings.TrimRight(plain, " ") + "\n")
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

// EverySize draws a pane at every small size: whatever the room, rows are as wide as they should be.
func EverySize(t testing.TB, p Drawer) {
	t.Helper()
	for w := range 50 {
		for _, h := range []int{0, 1, 2, 5, 10, 15, 30} {
			Rows(t, p, w, h)
		}
	}
	for _, s := range Sizes {
		Rows(t, p, s[0], s[1])
	}
}

// Golden compares text with testdata/name.golden of the package that is tested; -update writes it.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}
