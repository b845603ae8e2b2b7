package snapfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
	etcdutl "go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// The reference says of a file what `etcdutl snapshot status` would: bbolt's own check, then a reading of every record.
// bbolt crashes, loops and takes memory without end on some of the files, so it works in a child process, which names
// each file when it has read it and is started again where it dies.

const referenceEnv = "SNAPFILE_REFERENCE"

func TestMain(m *testing.M) {
	if os.Getenv(referenceEnv) != "" {
		referenceChild()
		os.Exit(0)
	}
	etcdtest.Child()
	os.Exit(m.Run())
}

func referenceChild() {
	debug.SetMaxStack(64 << 20)
	go func() { // cycles and overflows take all memory there is
		for {
			var st runtime.MemStats
			if runtime.ReadMemStats(&st); st.HeapAlloc > 64<<20 {
				os.Exit(3)
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		verdict, judge := "ok", reference
		path, whole := strings.CutPrefix(in.Text(), asSnapshot)
		if whole {
			judge = referenceSnapshot
		}
		if err := judge(path); err != nil {
			verdict = "bad " + strings.ReplaceAll(fmt.Sprintf("%.200v", err), "\n", " ")
		}
		runtime.GC() // so that only what this file takes is counted against it
		fmt.Println(verdict)
	}
}

// asSnapshot is written before the path of a file that is to be judged as a snapshot: by etcdutl's status and its restore.
const asSnapshot = "snapshot:"

func referenceSnapshot(path string) error {
	utl := etcdutl.NewV3(zap.NewNop())
	if _, err := utl.Status(path); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "restored")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return utl.Restore(etcdutl.RestoreConfig{
		SnapshotPath: path, OutputDataDir: filepath.Join(dir, "data"), Name: "default", PeerURLs: []string{"http://localhost:2380"},
		InitialCluster: "default=http://localhost:2380", InitialClusterToken: "t",
	})
}

// reference is etcdutl's Status without its figures.
func reference(path string) error {
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		var errs []error
		for err := range tx.Check() {
			if errs = append(errs, err); len(errs) > 1000 {
				os.Exit(3)
			}
		}
		if len(errs) > 0 {
			return errs[0]
		}
		if tx.Bucket([]byte("meta")) == nil {
			return errors.New("no bucket meta")
		}
		c := tx.Cursor()
		for name, _ := c.First(); name != nil; name, _ = c.Next() {
			b := tx.Bucket(name)
			if b == nil {
				return fmt.Errorf("nil bucket %q", name)
			}
			if err := b.ForEach(func(k, v []byte) error { return referenceRecord(string(name), k, v) }); err != nil {
				return err
			}
		}
		return nil
	})
}

func referenceRecord(bucket string, k, v []byte) (err error) {
	if bucket != "key" {
		for range k { // as its hash does
		}
		for range v {
		}
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	mvcc.BytesToRev(k)
	return proto.Unmarshal(v, new(mvccpb.KeyValue))
}

// referee is the child process.
type referee struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// damaged asks the reference. A child that dies or takes too long has met a damaged file.
func (r *referee) damaged(path string) (bad bool, why string) {
	if r.cmd == nil {
		r.start()
	}
	stop := time.AfterFunc(time.Minute, func() { _ = r.cmd.Process.Kill() })
	defer stop.Stop()
	fmt.Fprintln(r.in, path)
	line, err := r.out.ReadString('\n')
	if err != nil {
		r.end()
		return true, "it crashed"
	}
	return line != "ok\n", strings.TrimSpace(line)
}

func (r *referee) start() {
	r.cmd = exec.Command(os.Args[0])
	r.cmd.Env = append(os.Environ(), referenceEnv+"=1")
	in, err := r.cmd.StdinPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.in, r.out = in, bufio.NewReader(out)
}

func (r *referee) end() {
	if r.cmd != nil {
		r.in.Close()
		_ = r.cmd.Wait()
		r.cmd = nil
	}
}
