package etcdtest

import (
	"bytes"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Proxy is between a client and a server, and can do to their connections what networks do.
//
//	client ─► URL ─► Proxy ─► server's URL
//	                   └─► Cut, Hold, Slow, Delay, Refuse, Pass
type Proxy struct {
	URL string // http://127.0.0.1:…

	target  *url.URL
	mu      sync.Mutex
	lis     net.Listener // nil while connections are refused
	open    map[*passage]bool
	changed chan struct{} // closed when conduct changes
	conduct conduct
	passed  atomic.Int64
	wg      sync.WaitGroup
}

// conduct is what happens to the bytes of each connection.
type conduct struct {
	held  bool
	rate  int                    // bytes a second in each direction; 0: no limit
	delay time.Duration          // of each chunk
	parts func(head []byte) bool // reports by what a client sent first that nothing of its connection passes; nil: all passes
}

// passage is one connection: the client's end and the server's.
type passage struct {
	head []byte // what the client sent first
	ends [2]net.Conn
	done chan struct{}
	once sync.Once
}

// NewProxy starts a proxy before the server at an address of the form unix://PATH or http://HOST:PORT.
func NewProxy(t testing.TB, server string) *Proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: u, open: map[*passage]bool{}, changed: make(chan struct{})}
	if err := p.listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.URL = "http://" + p.lis.Addr().String()
	t.Cleanup(func() {
		p.Refuse()
		p.Cut(false)
		p.wg.Wait()
	})
	return p
}

// Passed is how many bytes have passed, in both directions together.
func (p *Proxy) Passed() int64 { return p.passed.Load() }

// Cut closes every open connection, by a reset or in good order, and returns how many there were.
func (p *Proxy) Cut(reset bool) int {
	p.mu.Lock()
	cut := p.open
	p.open = map[*passage]bool{}
	p.mu.Unlock()
	for c := range cut {
		c.close(reset)
	}
	return len(cut)
}

// Hold lets nothing pass from now on, in either direction; connections stay open, and new ones are accepted.
func (p *Proxy) Hold() { p.change(conduct{held: true}) }

// Slow lets so many bytes a second pass in each direction of each connection.
func (p *Proxy) Slow(rate int) { p.change(conduct{rate: rate}) }

// Delay lets what is sent pass only after a time, in each direction of each connection.
func (p *Proxy) Delay(d time.Duration) { p.change(conduct{delay: d}) }

// part holds the connections of some clients, known by what they sent first.
func (p *Proxy) part(from func(head []byte) bool) { p.change(conduct{parts: from}) }

// Refuse accepts no more connections; those that are open stay.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lis != nil {
		stop(p.lis)
		p.lis = nil
	}
}

// stop closes a listener. It is shut down before: a child that was just started has it too, until it runs its own program.
func stop(lis net.Listener) {
	if raw, err := lis.(*net.TCPListener).SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) }) // not everywhere allowed
	}
	lis.Close()
}

// Pass ends Hold, Slow, Delay and Refuse. It fails where another process has taken the port meanwhile.
func (p *Proxy) Pass() error {
	p.change(conduct{})
	p.mu.Lock()
	refused := p.lis == nil
	p.mu.Unlock()
	if !refused {
		return nil
	}
	var err error
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) { // a child may have it still
		if err = p.listen(p.URL[len("http://"):]); !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
	return err
}

func (p *Proxy) change(to conduct) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conduct = to
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Proxy) listen(addr string) error {
	lis, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.lis = lis
	p.mu.Unlock()
	p.wg.Go(func() {
		for {
			client, err := lis.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.connect(client) })
		}
	})
	return nil
}

// connect passes a client on to the server. A server that is not there is a connection that is reset.
func (p *Proxy) connect(client net.Conn) {
	network, addr := "tcp", p.target.Host
	if p.target.Scheme == "unix" {
		network, addr = "unix", p.target.Path
	}
	server, err := net.DialTimeout(network, addr, 5*time.Second)
	if err != nil {
		_ = client.(*net.TCPConn).SetLinger(0)
		client.Close()
		return
	}
	c := &passage{ends: [2]net.Conn{client, server}, done: make(chan struct{})}
	p.mu.Lock()
	refused := p.lis == nil // it was accepted just before that
	if !refused {
		p.open[c] = true
	}
	p.mu.Unlock()
	if refused {
		c.close(true)
		return
	}
	p.wg.Go(func() { p.pass(c, server, client) })
	p.pass(c, client, server)
}

// pass copies from one end to the other until either is closed.
func (p *Proxy) pass(c *passage, to, from net.Conn) {
	defer func() {
		p.mu.Lock()
		delete(p.open, c)
		p.mu.Unlock()
		c.close(false)
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if from == c.ends[0] {
			p.begins(c, buf[:n])
		}
		for sent := 0; sent < n; {
			m := p.allowed(c, n-sent)
			if m == 0 {
				return
			}
			if _, err := to.Write(buf[sent : sent+m]); err != nil {
				return
			}
			sent += m
			p.passed.Add(int64(m))
		}
		if err != nil {
			return
		}
	}
}

// begins remembers what a client sends first.
func (p *Proxy) begins(c *passage, with []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.head == nil {
		c.head = bytes.Clone(with)
	}
}

// allowed waits until bytes may pass, and returns how many of n; none when the connection is closed.
func (p *Proxy) allowed(c *passage, n int) int {
	for {
		p.mu.Lock()
		do, head, changed := p.conduct, c.head, p.changed
		p.mu.Unlock()
		var wait <-chan time.Time
		switch {
		case do.held || do.parts != nil && do.parts(head):
		case do.rate > 0:
			n = min(n, max(do.rate/20, 1))
			wait = time.After(time.Duration(n) * time.Second / time.Duration(do.rate))
		case do.delay > 0:
			wait = time.After(do.delay)
		default:
			return n
		}
		select {
		case <-wait:
			return n
		case <-changed:
		case <-c.done:
			return 0
		}
	}
}

func (c *passage) close(reset bool) {
	c.once.Do(func() {
		close(c.done)
		for _, end := range c.ends {
			if tcp, ok := end.(*net.TCPConn); ok && reset {
				_ = tcp.SetLinger(0)
			}
			end.Close()
		}
	})
}
