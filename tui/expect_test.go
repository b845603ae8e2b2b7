package tui

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// slowTree is a source that lists nothing until it may.
type slowTree struct {
	*tuitest.Memory
	may chan struct{}
	err error // of all listings; set before may is closed
}

func (s *slowTree) Children(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (iter.Seq2[etcdsource.Child, error], error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.may:
	}
	if s.err != nil {
		return nil, s.err
	}
	return s.Memory.Children(ctx, sp, at)
}

func opensSlowly(t *testing.T, src *tuitest.Memory) (*tuitest.Driver, *slowTree) {
	t.Helper()
	slow := &slowTree{Memory: src, may: make(chan struct{})}
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true})
		return &learn.Opened{Known: known, Source: slow}, err
	}
	return drive(t, m, 120, 50), slow
}

// TestExpectedNames: the folders that a cluster has are on the screen before the server has listed any, and those that it has
// not are gone when it has.
func TestExpectedNames(t *testing.T) {
	src := shop()
	src.Put("/registry/shop.example.com/widgets/shop/w", stored("ConfigMap", "w", "x"))
	src.Put("/other/k", []byte("x"))
	d, slow := opensSlowly(t, src)
	for _, name := range []string{"▾ registry", "clusterroles", "configmaps", "pods"} {
		d.See(name)
	}
	d.Press("down down up") // the cursor goes through them
	if s := d.Text(); strings.Contains(s, "shop.example.com") {
		t.Errorf("what cannot be known is shown:\n%s", s)
	}
	close(slow.may)
	d.See("shop.example.com")
	d.See("other")
	for _, name := range []string{"clusterroles", "pods"} {
		d.Gone(name)
	}
	shows(d, "configmaps", "2")
	shows(d, "registry", "5")
}

// TestExpectedCursor: a cursor on an expected folder that is not there goes to the root.
func TestExpectedCursor(t *testing.T) {
	d, slow := opensSlowly(t, shop())
	d.See("clusterroles")
	d.Press("down")
	if at := d.Model().(*Model).view().Panes.Keys.Cursor(); !strings.HasPrefix(at, "/registry/") || at == "/registry/configmaps/" || at == "/registry/" {
		t.Fatalf("the cursor is on %s", at)
	}
	close(slow.may)
	d.Gone("clusterroles")
	if s := d.Text(); strings.Contains(s, "does not exist") {
		t.Errorf("what was only expected is missed:\n%s", s)
	}
	if at := d.Model().(*Model).view().Panes.Keys.Cursor(); at != "/registry/" {
		t.Errorf("the cursor is on %s", at)
	}
}

// TestNothingExpected: of a store in which no object of a cluster was seen nothing is known.
func TestNothingExpected(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindLive, "apps")
	src.Put("/registry/images/one", []byte("x"))
	src.Put("/other/k", []byte("x"))
	d, slow := opensSlowly(t, src)
	d.See("LIVE")
	if s := d.Text(); strings.Contains(s, "configmaps") {
		t.Errorf("shown:\n%s", s)
	}
	close(slow.may)
	d.See("registry")
	d.See("other")
}

// TestExpectedNamesFail: where the server lists nothing, no expected name stays.
func TestExpectedNamesFail(t *testing.T) {
	d, slow := opensSlowly(t, shop())
	d.See("clusterroles")
	slow.err = errors.New("list: no answer within 5s")
	close(slow.may)
	d.Gone("clusterroles")
	d.Gone("configmaps")
}
