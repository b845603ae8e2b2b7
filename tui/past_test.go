package tui

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestAsOf(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		m, d := rolled(t, size[0], size[1], web)
		d.Fill("T", "5")
		d.See("AS OF rev 5")
		d.See("+ 1 later  − 1 gone  ~ 1 differ")
		d.Settle("at rest", func() bool {
			at := m.view()
			return !at.Tree.Reading() && at.Panes.Object.Object() != nil && at.Panes.History.Current() != nil && at.Panes.History.Current().Mod == 4 && !at.Times.At(5).IsZero()
		})
		d.See("generation: 2")
		if size[0] > 80 { // there is the feed
			d.See("not known")
		}
		golden(t, d, fmt.Sprintf("asof-%dx%d", size[0], size[1]))
		d.Press("c")
		d.See("gone now")
		d.See("later: ")
		d.See("❯−") // the first row, wherever the cursor is in the tree
		d.Press("x")
		d.See("deleted only")
		d.Gone("later: ")
		d.Press("enter")
		d.See("it was deleted")
		d.See("field: one")
		d.Press("esc esc")
		d.Send(tea.MouseClickMsg{X: 17, Y: 1, Button: tea.MouseLeft}) // the left end of the scale
		d.See("AS OF rev 1 ")
		d.Press("0")
		d.Gone("AS OF")
	}
}

// TestWhatIsGoneStandsInItsTime finds a deleted key by the filter, and what came later beside it.
func TestWhatIsGoneStandsInItsTime(t *testing.T) {
	_, d := rolled(t, 200, 60, web)
	d.Fill("T", "5")
	d.See("AS OF rev 5")
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: one")
	d.See("− gone")
	d.Command("key /registry/secrets/shop/db")
	d.See("+ later")
	d.See("does not exist at revision 5")
	d.Press("0")
	d.See(`field: "***"`)
}

// TestLiveStoreIsComparedFolderByFolder checks that a live store is marked too, where its folders are open.
func TestLiveStoreIsComparedFolderByFolder(t *testing.T) {
	src, d := opened(t, 200, 60)
	src.Put("/registry/configmaps/shop/other", nil)
	src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "three"))
	src.Put("/registry/configmaps/shop/newcomer", stored("ConfigMap", "newcomer", "x"))
	d.Press(":")
	d.Type("key /registry/configmaps/shop/other")
	d.Press("enter T")
	d.Type("6")
	d.Press("enter")
	d.See("Now, in open folders:")
	d.See("+ 2 later  − 1 gone  ~ 1 differ") // compact_rev_key is beside the root
	d.Press(">")
	d.Gone("AS OF")
	d.Fill("T", "-3")
	d.See("AS OF rev 7")
}

func TestLives(t *testing.T) {
	src, d := opened(t, 200, 60)
	src.Put("/registry/configmaps/shop/flags", nil)
	src.Put("/registry/configmaps/shop/flags", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","namespace":"shop","uid":"a-second-life"},"data":{"field":"back"}}`))
	d.Command("key /registry/configmaps/shop/flags")
	d.See("4 revisions, 2 lives")
	d.See("created again, uid a-second…")
	d.See("created, uid u-flags")
}
