package recall

import (
	"context"
	"fmt"
	"os"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// BenchmarkRecall recalls a store of 50,000 keys with two revisions each. Its floor, beside it, is what a recall cannot
// do without: the stream into a file, and the sorted index of that file. Target: 1.3 times the floor.
func BenchmarkRecall(b *testing.B) {
	srv := newServer(b)
	w, value := srv.Writer(), string(make([]byte, 400))
	for range 2 {
		for i := 0; i < 50_000; i += 100 {
			ops := make([]clientv3.Op, 100)
			for j := range ops {
				ops[j] = clientv3.OpPut(fmt.Sprintf("/registry/kind-%02d/ns-%d/object-%06d", i%60, i/60%10, i+j), value)
			}
			if _, err := w.Txn(context.Background()).Then(ops...).Commit(); err != nil {
				b.Fatal(err)
			}
		}
	}
	running, dir := srv.open(), b.TempDir()
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			if err := floor(running, dir); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("recall", func(b *testing.B) {
		for b.Loop() {
			s, err := Over(running, Options{TempDir: dir}).Recall(context.Background(), etcdsource.RecallOptions{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(s.(*Source).Recalled().Bytes)
			s.Close()
		}
	})
}

func floor(running *live.Source, dir string) error {
	f, err := os.CreateTemp(dir, "")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := running.Save(context.Background(), f, nil); err != nil {
		return err
	}
	file, err := snapfile.Open(context.Background(), f.Name(), snapfile.Options{})
	if err != nil {
		return err
	}
	return file.Close()
}
