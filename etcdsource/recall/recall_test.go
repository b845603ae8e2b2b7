package recall

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// fill writes so many MiB.
func (s *server) fill(mib int) {
	s.T.Helper()
	for i := range mib {
		s.Replay([]sourcetest.Op{sourcetest.Put(fmt.Sprintf("/big/%d", i), strings.Repeat("x", 1<<20))})
	}
}

// open files below a folder, deleted ones too.
func held(t *testing.T, dir string) (list []string) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	for _, fd := range fds {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", fd.Name())); err == nil && strings.HasPrefix(to, dir) {
			list = append(list, to)
		}
	}
	return list
}

func TestCostAndTrace(t *testing.T) {
	srv := newServer(t)
	srv.fill(2)
	dir := t.TempDir()
	running := srv.open()
	able := Over(running, Options{TempDir: dir})
	cost, err := able.Cost(t.Context())
	for i := 0; i < 100 && err == nil && cost.Bytes < 1<<20; i++ { // etcd reports its size when it has committed what was written
		time.Sleep(20 * time.Millisecond)
		cost, err = able.Cost(t.Context())
	}
	if err != nil || cost.Bytes < 1<<20 || cost.Large || cost.Refused != "" || cost.Folder != dir || cost.Free < 1<<20 || cost.Member == "" || !cost.Leader {
		t.Errorf("%+v, %v", cost, err)
	}
	if slow, fast := cost.Time(1<<20), cost.Time(0); slow < time.Second || fast > time.Second || fast == 0 {
		t.Errorf("takes %v at 1 MiB/s and %v", slow, fast)
	}
	steps := map[string]bool{}
	s := recall(t, running, Options{TempDir: dir}, etcdsource.RecallOptions{Progress: func(step string, done, total int64) {
		steps[step] = steps[step] || done > 0 && done == total
	}})
	if !steps["streaming"] || !steps["joining"] {
		t.Errorf("progress %v", steps)
	}
	emptied(t, dir) // it has no name while it is in use
	if list := held(t, dir); len(list) != 1 || !strings.HasSuffix(list[0], "(deleted)") {
		t.Errorf("open: %v", list)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if list := held(t, dir); len(list) != 0 {
		t.Errorf("open after Close: %v", list)
	}
	if _, err := running.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{}); err != nil {
		t.Errorf("the running source was closed too: %v", err)
	}
}

func TestAbilitiesPassThrough(t *testing.T) {
	srv := newServer(t)
	s := recall(t, srv.open(), Options{}, etcdsource.RecallOptions{})
	var src etcdsource.Source = s
	_, err := etcdsource.As[etcdsource.Saver](src)
	_, err2 := etcdsource.As[etcdsource.Requester](src)
	_, err3 := etcdsource.As[etcdsource.Recaller](src)
	v, err4 := etcdsource.As[etcdsource.Versions](src)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Error(err)
	}
	if v != etcdsource.Versions(s) {
		t.Error("versions are asked of the running source")
	}
}

// TestInterrupted cancels a recall, and cuts the wire to the server under one, as a member that is killed does: nothing is left of either.
func TestInterrupted(t *testing.T) {
	for name, interrupt := range map[string]func(*wire, context.CancelFunc){
		"cancelled":      func(_ *wire, cancel context.CancelFunc) { cancel() },
		"member stopped": func(w *wire, _ context.CancelFunc) { w.cut() },
	} {
		t.Run(name, func(t *testing.T) {
			srv := newServer(t)
			srv.fill(20) // more than is on its way at once
			w := newWire(t, srv.Config.ListenClientUrls[0].Path)
			srv.URL = "unix://" + w.path
			dir := t.TempDir()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			var once sync.Once
			var done sync.WaitGroup
			defer done.Wait()
			s, err := Over(srv.open(), Options{TempDir: dir}).Recall(ctx, etcdsource.RecallOptions{MaxRate: 4 << 20, Progress: func(_ string, n, _ int64) {
				if n > 200<<10 {
					once.Do(func() { done.Go(func() { interrupt(w, cancel) }) })
				}
			}})
			if err == nil {
				s.Close()
				t.Fatal("it went on")
			}
			var p *etcdsource.Problem
			if cancelled := errors.Is(err, context.Canceled); cancelled != (name == "cancelled") || !cancelled && !errors.As(err, &p) {
				t.Errorf("%v (%T)", err, err)
			}
			emptied(t, dir)
			if list := held(t, dir); len(list) != 0 {
				t.Errorf("still open: %v", list)
			}
		})
	}
}

func TestMaxRate(t *testing.T) {
	srv := newServer(t)
	srv.fill(1)
	began := time.Now()
	s := recall(t, srv.open(), Options{}, etcdsource.RecallOptions{MaxRate: 2 << 20})
	least := time.Duration(float64(s.Recalled().Bytes) / (2 << 20) * float64(time.Second))
	if took := time.Since(began); took < least || s.Recalled().Took < least {
		t.Errorf("%d bytes took %v, should take %v at least", s.Recalled().Bytes, took, least)
	}
}

func TestHeadroom(t *testing.T) {
	srv := newServer(t, func(c *embed.Config) { c.QuotaBackendBytes = 24 << 20 })
	able := Over(srv.open(), Options{TempDir: t.TempDir()})
	cost, err := able.Cost(t.Context())
	for i := 0; i < 24 && err == nil && cost.Refused == ""; i++ {
		srv.fill(1)
		time.Sleep(110 * time.Millisecond) // etcd reports its size when it has committed what was written
		cost, err = able.Cost(t.Context())
	}
	if err != nil || !strings.Contains(cost.Refused, "of the 24 MiB of its quota") {
		t.Errorf("%+v, %v", cost, err)
	}
	if s, err := able.Recall(t.Context(), etcdsource.RecallOptions{}); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("%v, %v", s, err)
	}
	s, err := able.Recall(t.Context(), etcdsource.RecallOptions{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, c := range []struct {
		info etcdsource.Info
		want bool
	}{
		{etcdsource.Info{DBSize: 79, Quota: 100}, false},
		{etcdsource.Info{DBSize: 81, Quota: 100}, true},
		{etcdsource.Info{DBSize: 1800 << 20, Quota: -1, Version: "3.5.21"}, true},
		{etcdsource.Info{DBSize: 1500 << 20, Quota: -1, Version: "3.5.21"}, false},
		{etcdsource.Info{DBSize: 1800 << 20, Quota: -1, Version: "3.6.1"}, false},
		{etcdsource.Info{DBSize: -1, Quota: 100}, false},
	} {
		if got := refused(&c.info); (got != "") != c.want {
			t.Errorf("%+v: %q", c.info, got)
		}
	}
}

// lacking is a source without snapshots, as kine is.
type lacking struct{ etcdsource.Source }

func (lacking) Lacks(ability any) string {
	if _, ok := ability.(*etcdsource.Saver); ok {
		return "this is kine"
	}
	return ""
}

func TestLacks(t *testing.T) {
	able := Over(lacking{}, Options{})
	var un *etcdsource.UnsupportedError
	if _, err := etcdsource.As[etcdsource.Recaller](able); !errors.As(err, &un) || un.Error() != "cannot recall the whole past: this is kine" {
		t.Error(err)
	}
	if _, err := able.Cost(t.Context()); !errors.As(err, &un) {
		t.Error(err)
	}
}

// TestNoRoot logs in as a user who may read keys, and nothing else.
func TestNoRoot(t *testing.T) {
	srv := newServer(t)
	ctx, w := etcdtest.Within(t, time.Minute), srv.Writer()
	_, err := w.RoleAdd(ctx, "reader")
	_, err2 := w.RoleGrantPermission(ctx, "reader", "\x00", "\x00", 0)
	_, err3 := w.UserAdd(ctx, "root", "pw")
	_, err4 := w.UserGrantRole(ctx, "root", "root")
	_, err5 := w.UserAdd(ctx, "eve", "pw")
	_, err6 := w.UserGrantRole(ctx, "eve", "reader")
	_, err7 := w.AuthEnable(ctx)
	if err := errors.Join(err, err2, err3, err4, err5, err6, err7); err != nil {
		t.Fatal(err)
	}
	src, err := live.Open(ctx, live.Config{Endpoints: []string{srv.URL}, User: "eve:pw", ReadRate: -1, DialTimeout: 20 * time.Second, CommandTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dir := t.TempDir()
	if s, err := Over(src, Options{TempDir: dir}).Recall(ctx, etcdsource.RecallOptions{}); err == nil || !strings.Contains(err.Error(), "root role") {
		t.Errorf("%v, %v", s, err)
	}
	emptied(t, dir)
}

func TestPlaces(t *testing.T) {
	disk, other := t.TempDir(), t.TempDir()
	p, err := choose([]string{"/nowhere", disk}, nil, 1<<20)
	if err != nil || p.dir != disk || p.etcd {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := choose([]string{disk}, []string{other, "/nowhere"}, 1<<20); err != nil || !p.etcd || !strings.Contains(p.remark(), "etcd's own disk") {
		t.Errorf("%+v, %v: not said to be etcd's own disk", p, err)
	}
	if _, err := choose([]string{disk}, nil, 1<<60); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("a disk without room: %v", err)
	}
	if _, err := choose([]string{"/nowhere"}, nil, 1); err == nil {
		t.Error("no folder at all")
	}
	shm, err := look("/dev/shm")
	if err != nil || !shm.memory {
		t.Skip("no /dev/shm in memory")
	}
	if p, err := choose([]string{"/dev/shm", disk}, []string{disk}, 1<<10); err != nil || p.dir != disk && !p.memory {
		t.Errorf("%+v, %v: memory before a disk", p, err)
	}
	if p, err := choose([]string{"/dev/shm"}, nil, 1<<10); err == nil && !strings.Contains(p.remark(), "memory") {
		t.Errorf("%+v: not said to lie in memory", p)
	}
}
