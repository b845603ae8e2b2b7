package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/theme"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// stored returns a stored ConfigMap or Secret.
func stored(kind, name, field string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":%q,"metadata":{"name":%q,"namespace":"shop","uid":"u-%s"},"data":{"field":%q}}`, kind, name, name, field)
}

// shop is a small live store.
func shop() *tuitest.Memory {
	m := tuitest.NewMemory(etcdsource.KindLive, "prod-eu")
	m.Put("/registry/namespaces/shop", []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop","uid":"u-ns"}}`))
	m.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "one"))
	m.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "two"))
	m.Put("/registry/configmaps/shop/other", stored("ConfigMap", "other", "x"))
	m.Put("/registry/secrets/shop/db", stored("Secret", "db", "aHVudGVyMg=="))
	m.Put("compact_rev_key", []byte("1"))
	return m
}

// program returns a model of sources by path ("" is the first one).
func program(t testing.TB, sources map[string]*tuitest.Memory) *Model {
	t.Helper()
	th, err := theme.Named("dark")
	if err != nil {
		t.Fatal(err)
	}
	deps := host.Deps{
		Open: func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
			src, ok := sources[target.Path]
			if !ok {
				return nil, &etcdsource.Problem{Tried: "open " + target.Path, Why: "it does not exist", Do: "check the name"}
			}
			known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true})
			return &learn.Opened{Known: known, Source: src}, err
		},
		List: func(context.Context, string) ([]etcdsource.Backup, error) {
			return []etcdsource.Backup{{Path: "old.db", Format: "etcd", Bytes: 4 << 20, Revision: 3, Keys: -1, Verdict: etcdsource.BackupVerified}}, nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return New(ctx, deps, host.Options{Environ: []string{"TERM=xterm-256color"}, Mouse: true}, th)
}

// drive runs the model of one source until the tree is on the screen.
func drive(t testing.TB, m *Model, w, h int) *tuitest.Driver {
	t.Helper()
	return tuitest.New(t, m, w, h, func(msg tea.Msg) bool {
		switch msg.(type) {
		case host.Passing:
			return true
		}
		return false
	})
}

func opened(t testing.TB, w, h int) (*tuitest.Memory, *tuitest.Driver) {
	src := shop()
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src, "old.db": shop()}), w, h)
	listed(d)
	return src, d
}

// listed waits until the folders of a store are listed, not only expected: it has no API services.
func listed(d *tuitest.Driver) {
	d.See("configmaps")
	d.Gone("apiregistration.k8s.io")
}

func TestTreeObjectTimeline(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {80, 24}} {
		_, d := opened(t, size[0], size[1])
		d.See("prod-eu")
		d.See("LIVE")
		d.Press("j l")
		d.See("▸ shop")
		d.Press("l l")
		d.See("     other")
		d.Press("l")
		d.See("ConfigMap shop/flags")
		d.See("field: two")
		d.See("2 revisions")
		d.Press("tab") // from the tree to the object
		d.Press("[")
		d.See("field: one")
		d.See("rev 3")
		d.Press("]")
		d.See("field: two")
	}
}

// TestLiveChanges writes while the screen is open: the object, the timeline, the feed and the tree follow.
func TestLiveChanges(t *testing.T) {
	src, d := opened(t, 200, 60)
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "three"))
	d.See("field: three")
	d.See("3 revisions")
	d.See("Live changes")
	src.Put("/registry/configmaps/shop/newcomer", stored("ConfigMap", "newcomer", "x"))
	d.See("newcomer")
	src.Put("/registry/configmaps/shop/flags", nil)
	d.See("deleted at revision 10")
	d.Press("F")
	d.See("PAUSED")
	src.Put("/registry/configmaps/shop/unseen", stored("ConfigMap", "unseen", "x"))
	d.See("rev 11")
	if i := strings.Index(d.Text(), "Live changes"); strings.Contains(d.Text()[i:], "unseen") {
		t.Errorf("a paused feed shows what is new:\n%s", d.Text())
	}
}

func TestSecretsAreMaskedUntilRevealed(t *testing.T) {
	_, d := opened(t, 200, 60)
	d.Command("key /registry/secrets/shop/db")
	d.See("Secret shop/db")
	d.See("***")
	for _, format := range []string{"json", "hex", "fields"} {
		d.Press("x")
		d.Settle(format, func() bool { return !strings.Contains(d.Text(), "YAML") })
		if s := d.Text(); strings.Contains(s, "aHVudGVyMg") || strings.Contains(s, "hunter2") {
			t.Fatalf("%s shows the secret:\n%s", format, s)
		}
	}
	d.Press("x R")
	d.See("aHVudGVyMg==")
	d.See("SECRETS REVEALED")
	d.Fill("T", "5")
	d.See("AS OF")
	d.See("SECRETS REVEALED")
	d.Press("0 R")
	d.Gone("aHVudGVyMg==")
	d.Gone("SECRETS REVEALED")
}

func TestTimeTravel(t *testing.T) {
	_, d := opened(t, 80, 24)
	d.Fill("T", "3")
	d.See("AS OF rev 3")
	d.Gone("secrets")
	d.Press("0")
	d.See("secrets")
	d.Gone("AS OF")
	d.Fill("T", "99")
	d.See("has not been written yet")
}

func TestFilter(t *testing.T) {
	_, d := opened(t, 80, 24)
	d.Press("/")
	d.Type("secr")
	d.See("secrets/shop/db")
	d.See("1 of 5")
	d.Gone("▸ configmaps")
	d.Press("enter")
	d.See("Secret shop/db")
	d.Press("/")
	d.Type("zzz")
	d.See("No key matches")
	d.Press("esc")
	d.See("▸ configmaps")
}

func TestSnapshotBesideTheCluster(t *testing.T) {
	_, d := opened(t, 120, 40)
	d.Press("4")
	d.See("old.db")
	d.Press("o")
	d.See("2/2")
	d.Press("\\")
	d.See("1/2")
	d.Press("S")
	d.See("no such thing") // this source cannot be saved, and says why
}

// TestStates looks at what is not the ordinary case.
func TestStates(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		d := drive(t, program(t, map[string]*tuitest.Memory{"": tuitest.NewMemory(etcdsource.KindLive, "new")}), 80, 24)
		d.See("This store is empty")
		d.Gone("No Kubernetes root found")
	})
	t.Run("refused", func(t *testing.T) {
		d := drive(t, program(t, nil), 80, 24)
		d.See("It does not exist.")
		d.See("Check the name.")
		d.See("ctrl+r  tries again")
		d.Send(tea.WindowSizeMsg{Width: 40, Height: 10})
		d.See("It does not exist.")
		d.See("ctrl+r  tries again")
	})
	t.Run("damaged", func(t *testing.T) {
		m := program(t, map[string]*tuitest.Memory{"": shop()})
		open := m.deps.Open
		m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
			if !target.NoVerify {
				return nil, &etcdsource.Problem{Tried: "open snapshot x.db", Why: "hash does not match", Partly: true}
			}
			return open(ctx, target, report)
		}
		d := drive(t, m, 80, 24)
		d.See("Hash does not match.")
		d.See("opens what is readable")
		d.Press("enter")
		listed(d)
	})
	t.Run("stopped", func(t *testing.T) {
		m := program(t, map[string]*tuitest.Memory{"/var/lib/etcd": shop()})
		m.deps.Offline = func(context.Context, host.Target) etcdsource.Offline {
			return etcdsource.Offline{Copies: []etcdsource.Copy{{Path: "/backup/etcd.db", Revision: 9}, {Path: "/var/lib/etcd", DataDir: true, Revision: 8}}}
		}
		m.deps.Ask = func(context.Context, host.Target, *etcdsource.Offline) (etcdsource.Probe, error) {
			return etcdsource.Probe{Members: []etcdsource.Member{{ID: 1, Name: "m1", Endpoint: "http://10.0.0.1:2379", Fault: "nothing listens there"}, {ID: 2, Name: "m2", Endpoint: "http://10.0.0.2:2379", Answered: true}}}, nil
		}
		d := drive(t, m, 80, 24)
		d.See("opens the file, not the server: /var/lib/etcd")
		d.See("This node's data directory, up to revision 8: /var/lib/etcd")
		d.See("m1 at http://10.0.0.1:2379: no answer, nothing listens there")
		d.See("tries http://10.0.0.2:2379")
		d.Press("enter")
		listed(d)
		d.Press("esc")
		d.See("tries again")
	})
	t.Run("large", func(t *testing.T) {
		m := program(t, map[string]*tuitest.Memory{"": shop(), "old.db.gz": shop()})
		open := m.deps.Open
		going := make(chan bool)
		m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
			if target.MaxUnpack < 5<<30 {
				ask := &etcdsource.UnpackError{Bytes: 5 << 30, Limit: 4 << 30, Free: 50 << 30, Folder: "/var/tmp"}
				return nil, &etcdsource.Problem{Tried: "open snapshot x.db.gz", Why: ask.Error(), Do: "allow it", Err: ask}
			}
			report("unpacking", 2<<30, 5<<30)
			<-going
			return open(ctx, target, report)
		}
		d := drive(t, m, 80, 24)
		d.See("Unpack 5.00 GiB?")
		d.See("GiB are free; nothing is left of it afterwards.")
		d.Press("n")
		d.Gone("Go on?")
		d.See("unpacks it all the same")
		d.Press("enter")
		d.See("Go on?")
		d.Press("y")
		d.See("unpacking 2.00 GiB of 5.00 GiB")
		going <- true
		listed(d)
		d.Command("open old.db.gz")
		d.See("Unpack 5.00 GiB?")
		d.Press("y")
		d.See("unpacking")
		going <- true
		d.See("2/2")
	})
	t.Run("no permission", func(t *testing.T) {
		src, d := opened(t, 80, 24)
		src.Fail(errors.New("read keys: permission denied"))
		d.Press("j l")
		d.See("✗")
		d.Press("ctrl+r")
		d.See("permission denied")
	})
	t.Run("retrying and stale", func(t *testing.T) {
		src, d := opened(t, 80, 24)
		src.Send(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Retrying, Why: "connection refused", Next: time.Now().Add(3 * time.Second)}})
		d.See("RETRYING")
		d.See("connection refused")
		src.Send(etcdsource.Batch{Status: etcdsource.Status{State: etcdsource.Stale, Since: time.Now().Add(-14 * time.Second)}})
		d.See("STALE")
	})
	t.Run("gone", func(t *testing.T) {
		src, d := opened(t, 80, 24)
		_ = src.Close()
		d.See("SOURCE GONE")
		listed(d)
	})
	t.Run("gap", func(t *testing.T) {
		src, d := opened(t, 200, 60)
		src.Send(etcdsource.Batch{Revision: 30, Lost: etcdsource.Window{From: 8, To: 30, Reason: "compacted"}, Status: etcdsource.Status{State: etcdsource.Live}})
		d.See("revisions 8 to 30 could not be seen: compacted")
	})
	t.Run("too small", func(t *testing.T) {
		_, d := opened(t, 80, 24)
		for w, say := range map[int]string{30: "needs 40×10, q quits", 20: "needs 40×10, q quits", 19: "needs 40×10", 5: "40×10"} {
			d.Send(tea.WindowSizeMsg{Width: w, Height: 8})
			d.See(say)
		}
	})
}

func TestHelpAndQuit(t *testing.T) {
	_, d := opened(t, 80, 24)
	d.Press("?")
	d.See("Go down a line.")
	d.Press("esc")
	d.Gone("Go down a line.")
	d.Press("q")
	d.Settle("quit", func() bool { return d.Quit })
}

// TestRandomKeys presses what comes, at sizes that come: every row stays exactly as wide as the screen (the driver
// checks that after each message), and nothing panics.
func TestRandomKeys(t *testing.T) {
	keys := []string{"j", "k", "l", "h", "enter", "esc", "tab", "shift+tab", "x", "d", "m", "R", "w", "Z", "1", "2", "3", "4", "/", "a", "?",
		"g", "G", "z", "M", "[", "]", "t", "T", "0", "F", "y", "space", "n", "N", "D", "i", "e", "<", ">", "c", "b", ",", "H", "L", "\\", ":", "pgdown", "ctrl+u", "backspace"}
	rapid.Check(t, func(rt *rapid.T) {
		src := shop()
		src.Put("/registry/pods/shop/"+rapid.StringN(0, 20, 60).Draw(rt, "name"), []byte(rapid.String().Draw(rt, "value")))
		d := drive(t, program(t, map[string]*tuitest.Memory{"": src, "old.db": shop()}), rapid.IntRange(1, 220).Draw(rt, "w"), rapid.IntRange(1, 70).Draw(rt, "h"))
		steps := rapid.IntRange(1, 30).Draw(rt, "steps")
		for i := range steps {
			d.Press(rapid.SampledFrom(keys).Draw(rt, "key"))
			if i%7 == 0 {
				d.Send(tea.WindowSizeMsg{Width: rapid.IntRange(1, 220).Draw(rt, "w2"), Height: rapid.IntRange(1, 70).Draw(rt, "h2")})
				src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", fmt.Sprint(i)))
			}
			d.Drain()
		}
	})
}
