package tui

import (
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestOverview: 7 shows what a file is, who wrote it and what is wrong; enter on a line goes to what explains it, esc comes
// back.
func TestOverview(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	for _, name := range []string{"flags", "other"} {
		src.Put("/registry/configmaps/shop/"+name, stored("ConfigMap", name, "x"))
	}
	d := openedWith(t, src, 120, 44)
	d.Press("7")
	d.See("Overview")
	d.See("revisions")
	d.See("every object is as it should be")
	d.See("Resources (2 keys)")
	d.See("Who writes most")
	d.See("Last changes")
	d.Press("esc")
	d.Gone("Last changes")
	d.Command("overview")
	d.See("Last changes")
	d.Press("end enter")
	d.Gone("Last changes")
	d.See("ConfigMap shop/flags")
	d.Press("7 home j j j enter") // the state leads to the report
	d.See("Everything that says what it wants is as it should be.")
	d.Press("7 home j j enter") // what says whether it is verified leads to the backups
	d.See("Snapshots")
}

// TestOverviewLive: a live store is asked for numbers only, and what is not known is not called fine.
func TestOverviewLive(t *testing.T) {
	d := openedWith(t, relatives(), 80, 44)
	d.Press("7")
	d.See("Resources (")
	d.See("not read; 6 reads the objects")
	d.Press("6")
	d.See("as it should be")
	d.Press("7")
	d.Gone("not read; 6 reads the objects")
}
