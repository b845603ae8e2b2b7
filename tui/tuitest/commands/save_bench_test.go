//go:build bench

package commands_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var (
	savePairs    = flag.Int("save-pairs", 15, "how often each way to save is measured, in turn")
	saveKeys     = flag.Int("save-keys", 100_000, "keys of the store, of 7 KiB each")
	saveEndpoint = flag.String("save-endpoint", "", "http address of an etcd that runs, in place of a new one")
	saveEtcdctl  = flag.String("save-etcdctl", "etcdctl", "the etcdctl to compare with")
	saveDir      = flag.String("save-dir", "", "folder on the disk that is written to")
	saveProgram  = flag.String("save-program", "", "the etcdscope that is measured; the one that was built for the tests by default")
)

// fillStore writes the keys.
func fillStore(b *testing.B, w *clientv3.Client) {
	b.Helper()
	r := rand.NewChaCha8([32]byte{1})
	value := make([]byte, 7<<10)
	for i := 0; i < *saveKeys; i += 100 {
		var ops []clientv3.Op
		for j := range 100 {
			_, _ = r.Read(value)
			ops = append(ops, clientv3.OpPut(fmt.Sprintf("/registry/configmaps/ns-%03d/c-%06d", j, i+j), string(value)))
		}
		if _, err := w.Txn(b.Context()).Then(ops...).Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// cost is what a save took.
type cost struct{ wall, cpu time.Duration }

func processTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// timed runs a command.
func timed(b *testing.B, name string, args ...string) cost {
	b.Helper()
	c := exec.CommandContext(b.Context(), name, args...)
	start := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return cost{time.Since(start), c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
}

// raw writes the stream of a snapshot to a file, adds up its checksum, and syncs the file: nothing is verified.
func raw(b *testing.B, addr, path string) cost {
	b.Helper()
	start, used := time.Now(), processTime(b)
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithInitialWindowSize(8<<20), grpc.WithInitialConnWindowSize(8<<20))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	stream, err := pb.NewMaintenanceClient(conn).Snapshot(context.Background(), &pb.SnapshotRequest{})
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.New()
	for {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			_, _ = sum.Write(r.Blob)
			_, err = f.Write(r.Blob)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return cost{time.Since(start), processTime(b) - used}
}

// BenchmarkSave saves a store of 700 MiB in three ways in turn, in random order: with the program, which verifies what it saves,
// with etcdctl, which does not, and as a raw stream with its checksum and a sync. It reports ratios of medians: x-ctl-wall and
// x-ctl-cpu against etcdctl, x-raw-wall against the stream; the log has each median with its quartiles.
//
//	go test -tags bench -timeout 0 -run '^$' -bench 'Save$' -benchtime 1x ./tui/tuitest/commands -save-etcdctl PATH
func BenchmarkSave(b *testing.B) {
	ctl, err := exec.LookPath(*saveEtcdctl)
	if err != nil {
		b.Skip("give -save-etcdctl: ", err)
	}
	own := program
	if *saveProgram != "" {
		own = *saveProgram
	}
	url := *saveEndpoint
	if url == "" {
		m := etcdtest.Members(b, 1, "", map[string]any{"quota-backend-bytes": 8 << 30, "max-txn-ops": 200})[0]
		w := m.Client()
		fillStore(b, w)
		w.Close()
		url = m.HTTP
	}
	dir := *saveDir
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, "save-bench.db")
	ways := map[string]func() cost{
		"program": func() cost { return timed(b, own, "snapshot", "save", path, "--endpoints", url) },
		"etcdctl": func() cost { return timed(b, ctl, "snapshot", "save", path, "--endpoints", url) },
		"raw":     func() cost { return raw(b, url[len("http://"):], path) },
	}
	all := map[string][]cost{}
	for b.Loop() {
		for range *savePairs {
			for _, i := range rand.Perm(3) {
				name := []string{"program", "etcdctl", "raw"}[i]
				all[name] = append(all[name], ways[name]())
				if st, err := os.Stat(path); err != nil || st.Size() < 1<<20 {
					b.Fatal(name, err)
				}
				if err := os.Remove(path); err != nil {
					b.Fatal(err)
				}
				syscall.Sync() // nothing of this one is left to be written during the next
			}
		}
	}
	medians := map[string]cost{}
	for name, list := range all {
		var wall, cpu []time.Duration
		for _, c := range list {
			wall, cpu = append(wall, c.wall), append(cpu, c.cpu)
		}
		slices.Sort(wall)
		slices.Sort(cpu)
		n := len(wall)
		medians[name] = cost{wall[n/2], cpu[n/2]}
		b.Logf("%s: wall %s (%s to %s), processor %s (%s to %s)", name, wall[n/2], wall[n/4], wall[n*3/4], cpu[n/2], cpu[n/4], cpu[n*3/4])
	}
	b.ReportMetric(float64(medians["program"].wall)/float64(medians["etcdctl"].wall), "x-ctl-wall")
	b.ReportMetric(float64(medians["program"].cpu)/float64(medians["etcdctl"].cpu), "x-ctl-cpu")
	b.ReportMetric(float64(medians["program"].wall)/float64(medians["raw"].wall), "x-raw-wall")
	b.ReportMetric(0, "ns/op")
}
