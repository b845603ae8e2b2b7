package live

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// gate is between a Source and its server, on the path that the Source dials.
type gate struct {
	t      *testing.T
	lis    net.Listener
	server string

	mu    sync.Mutex
	state string // open, shut or frozen
	moved *sync.Cond
	conns map[net.Conn]bool
}

// newGate leads a Source, which was opened directly and is not used yet, through a gate.
func newGate(t *testing.T, src *Source) *gate {
	t.Helper()
	m, err := src.member()
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{t: t, server: m.ep.addr, state: "open", conns: map[net.Conn]bool{}}
	g.moved = sync.NewCond(&g.mu)
	path := filepath.Join(etcdtest.Dir(t), "g")
	if g.lis, err = net.Listen("unix", path); err != nil {
		t.Fatal(err)
	}
	go g.accept()
	t.Cleanup(func() { g.set("shut"); g.lis.Close() })
	src.eps = []endpoint{{text: path, network: "unix", addr: path, host: "g"}}
	to, err := src.dial.member(etcdtest.Within(t, 5e9), context.Background(), src.eps[0])
	if err != nil {
		t.Fatal(err)
	}
	src.mu.Lock()
	src.cur = to
	src.mu.Unlock()
	m.close()
	return g
}

func (g *gate) set(state string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = state
	if state == "shut" {
		for c := range g.conns {
			c.Close()
		}
	}
	g.moved.Broadcast()
}

func (g *gate) open()   { g.set("open") }
func (g *gate) shut()   { g.set("shut") }
func (g *gate) freeze() { g.set("frozen") }

func (g *gate) accept() {
	for {
		in, err := g.lis.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("unix", g.server)
		if err != nil {
			in.Close()
			continue
		}
		g.mu.Lock()
		if g.state == "shut" {
			g.mu.Unlock()
			in.Close()
			out.Close()
			continue
		}
		g.conns[in], g.conns[out] = true, true
		g.mu.Unlock()
		go g.pipe(in, out)
		go g.pipe(out, in)
	}
}

func (g *gate) pipe(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			g.mu.Lock()
			for g.state == "frozen" {
				g.moved.Wait()
			}
			g.mu.Unlock()
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
