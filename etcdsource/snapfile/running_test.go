package snapfile

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestRunningEtcd opens the data directory of an etcd that is written to: what is shown is what it serves at that
// revision, the newest from before the opening included.
func TestRunningEtcd(t *testing.T) {
	s := etcdtest.New(t, func(c *embed.Config) { c.BackendBatchInterval = 5 * time.Millisecond })
	ctx := etcdtest.Within(t, time.Minute)
	load := etcdtest.NewLoad(s.Writer(), 7)
	load.Do(t, 100)
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = s.Writer().Put(ctx, fmt.Sprintf("/registry/pods/ns/p%d", i%50), fmt.Sprint(i))
			}
		}
	}()
	defer func() { close(stop); <-done }()
	for range 8 {
		before, err := s.Writer().Get(ctx, "x")
		if err != nil {
			t.Fatal(err)
		}
		keys, _, info := shown(t, s.Config.Dir)
		if info.Revision < before.Header.Revision {
			t.Errorf("revision %d, but %d was written", info.Revision, before.Header.Revision)
		}
		at, err := s.Writer().Get(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithRev(info.Revision))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, kv := range at.Kvs {
			want = append(want, fmt.Sprintf("%s %d %d %d %x %s", kv.Key, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease, kv.Value))
		}
		if !slices.Equal(keys, want) {
			t.Errorf("revision %d: %s; %+v", info.Revision, firstDifference(keys, want), info)
		}
	}
}

// TestADamagedDatabaseThatIsInUse: copies do not help, and all of them are gone. What was damaged is named.
func TestADamagedDatabaseThatIsInUse(t *testing.T) {
	t.Parallel()
	path, tmp := sourcetest.WriteMember(t, sourcetest.Spec{Ops: sourcetest.Generate(1)}), t.TempDir()
	if dir, ok := walDir(path); !ok {
		t.Fatal(dir)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for id := range int64(2) { // both meta pages: the checksum of what they say
		if _, err := f.WriteAt([]byte("damaged!"), id*int64(os.Getpagesize())+pageHeader+56); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, Options{TempDir: tmp})
	var p *etcdsource.Problem
	if !errors.As(err, &p) || !strings.Contains(p.Why, "none of 5 copies of it is whole (the file is damaged: ") || strings.Count(err.Error(), "open snapshot") != 1 {
		t.Error(err)
	}
	if p == nil || !p.Partly || !strings.Contains(p.Do, "--no-verify") {
		t.Errorf("%+v", p)
	}
	s, err := Open(t.Context(), path, Options{TempDir: tmp, NoVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if info, _ := s.Describe(t.Context()); info.Keys == 0 || info.Integrity.State != etcdsource.Failed {
		t.Errorf("with NoVerify: %+v", info)
	}
	nothingIn(t, tmp)
}
