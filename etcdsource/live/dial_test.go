package live

import (
	"errors"
	"net"
	"syscall"
	"testing"
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
