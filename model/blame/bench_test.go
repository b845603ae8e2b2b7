package blame

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// BenchmarkOffline explains one object of forty versions in a file of many keys (ETCDSCOPE_BENCH_KEYS of them), which is
// open: at most 5 ms.
func BenchmarkOffline(b *testing.B) {
	keys := 50_000
	if n, err := strconv.Atoi(os.Getenv("ETCDSCOPE_BENCH_KEYS")); err == nil {
		keys = n
	}
	const versions = 40
	pod := func(n, write int) sourcetest.Write {
		return sourcetest.Write{Key: fmt.Appendf(nil, "/registry/pods/ns-%d/pod-%07d", n%50, n), Value: fmt.Appendf(nil,
			`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"pod-%07d","namespace":"ns-%d","uid":"u-%d","annotations":{"write":"%d"}},`+
				`"spec":{"nodeName":"node-%d","containers":[{"name":"app","image":"registry.example/app:1.%d"}]},"status":{"phase":"Running","restarts":%d}}`, n, n%50, n, write, n%9, write/20, write/10)}
	}
	var s sourcetest.Spec
	for i := 0; i < keys; i += 100 {
		var op sourcetest.Op
		for j := i; j < i+100; j++ {
			op = append(op, pod(j, 0))
		}
		s.Ops = append(s.Ops, op)
		if i/100 < versions-1 {
			s.Ops = append(s.Ops, sourcetest.Op{pod(0, i/100+1)})
		}
	}
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSpec(b, s), snapfile.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	all, err := etcdsource.As[etcdsource.Versions](src)
	if err != nil {
		b.Fatal(err)
	}
	dec := decode.New(decode.Options{})
	for b.Loop() {
		found, gone, err := Read(context.Background(), all, dec, pod(0, 0).Key, 0, decode.View{}, 1000)
		if err != nil || gone != nil || found.Read < versions/2 {
			b.Fatal(found, gone, err)
		}
	}
}
