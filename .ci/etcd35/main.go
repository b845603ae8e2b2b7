// Command etcd35 is etcd 3.5, for tests against a server that is older than the one in this repository's go.mod. It ends
// when its standard input closes: so does the end of the test that started it.
package main

import (
	"io"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	etcdmain.Main(os.Args)
}
