package etcdtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

// echo answers every byte with itself.
func echo(t *testing.T) string {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lis.Close() })
	go func() {
		for {
			c, err := lis.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); c.Close() }()
		}
	}()
	return "http://" + lis.Addr().String()
}

func dial(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a text and expects it back.
func ask(t *testing.T, c net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v, want %q", got, err, text)
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	c := dial(t, p)
	ask(t, c, "one")

	if n := p.Cut(true); n != 1 {
		t.Errorf("cut %d connections, want 1", n)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a read after a reset: %v", err)
	}
	c = dial(t, p)
	ask(t, c, "two")
	p.Cut(false)
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("a read after a close: %v", err)
	}

	open := dial(t, p)
	ask(t, open, "three")
	p.Refuse()
	if _, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://")); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a connection that should be refused: %v", err)
	}
	ask(t, open, "four")
	if err := p.Pass(); err != nil {
		t.Fatal(err)
	}
	ask(t, dial(t, p), "five")
}

func TestProxyHold(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	open := dial(t, p)
	ask(t, open, "one")
	p.Hold()
	held := dial(t, p)
	for _, c := range []net.Conn{open, held} {
		if _, err := io.WriteString(c, "two"); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Errorf("a byte passed while it was held")
		}
	}
	if err := p.Pass(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{open, held} {
		got := make([]byte, 3)
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.ReadFull(c, got); err != nil || string(got) != "two" {
			t.Errorf("after the hold: %q, %v", got, err)
		}
	}
}

func TestProxySlow(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	c := dial(t, p)
	p.Slow(100_000)
	start := time.Now()
	ask(t, c, string(bytes.Repeat([]byte("x"), 20_000)))
	if took := time.Since(start); took < 150*time.Millisecond {
		t.Errorf("20,000 bytes took %v at 100,000 a second", took)
	}
}

// TestProxyBesideChildren: a child process has the listener too, until it runs its own program.
func TestProxyBesideChildren(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	var children sync.WaitGroup
	for range 4 {
		children.Go(func() {
			for ctx.Err() == nil {
				_ = exec.Command(os.Args[0], "-test.run=^$").Run()
			}
		})
	}
	defer children.Wait()
	defer end()
	p := NewProxy(t, echo(t))
	for range 1000 {
		p.Refuse()
		if c, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://")); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a connection that should be refused: %v", err)
			if err == nil {
				c.Close()
			}
		}
		if err := p.Pass(); err != nil {
			t.Fatal(err)
		}
	}
}
