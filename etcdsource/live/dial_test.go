package live

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"google.golang.org/grpc/mem"
)

// brokenConn is a connection that the peer reset: nothing can be written, and nothing was read yet.
type brokenConn struct{ net.Conn }

func (brokenConn) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// TestFailedWrite: a connection whose first write fails leaves that failure on the trail, unless a read left a better one.
func TestFailedWrite(t *testing.T) {
	t.Parallel()
	alert := errors.New("tls: bad certificate")
	for _, before := range []error{nil, alert} {
		var tr trail
		tr.set("read", before)
		c := &watchedConn{Conn: brokenConn{}, trail: &tr}
		c.Write([]byte("PRI * HTTP/2.0"))
		want := before
		if before == nil {
			want = syscall.EPIPE
		}
		if stage, err := tr.get(); stage != "read" || err != want {
			t.Errorf("after %v it left %q, %v", before, stage, err)
		}
	}
}

// A message of a snapshot has 32 KiB and a few bytes more.
func TestBuffers(t *testing.T) {
	t.Parallel()
	for _, n := range []int{300, 32 << 10, 32<<10 + 20, 200 << 10, 1 << 20} {
		b := mem.DefaultBufferPool().Get(n)
		if c := cap(*b); c < n || c > max(2*n, 4<<10) {
			t.Errorf("a message of %d bytes has a buffer of %d", n, c)
		}
		mem.DefaultBufferPool().Put(b)
	}
}
