// Package kms asks KMS plugins for the data encryption keys (DEKs) of encrypted values, as kube-apiserver does.
//
//	value ─► DEK source ─► known? ──────────────────────────► key
//	                         └─► at most 5 calls a second ─► plugin's socket ─► key, kept in memory
//
// What always holds:
//   - One call for each distinct source, also where several ask at once; what a plugin refused is not asked again.
//   - A call takes at most Timeout. A plugin that did not answer, or is not there, is left alone for Pause: all that is
//     asked meanwhile fails at once, with the same words.
//   - Each call has a uid that begins with "etcdscope-", so that the plugin's audit shows who asked. Calls are counted.
//   - Only Decrypt is called, and keys are never written anywhere.
//   - Errors are one line in lower case that names the plugin, without the words of the protocol.
//
// The sockets are those of a configuration that the user named or that was found on this node: never from a backup.
package kms

//lint:file-ignore SA1019 API servers before 1.27 know only KMS v1

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	v1 "k8s.io/kms/apis/v1beta1"
	v2 "k8s.io/kms/apis/v2"
)

const (
	// Timeout is how long a call may take.
	Timeout = 5 * time.Second
	// Pause is how long a plugin that did not answer is left alone.
	Pause = 30 * time.Second
	// spacing is the time between two calls.
	spacing = time.Second / 5
)

// Plugin is where a plugin listens.
type Plugin struct {
	Name     string
	Version  string // v1, v2
	Endpoint string // unix:///path, unix://@abstract
}

// Source is an encrypted key, and what the plugin needs to decrypt it.
type Source struct {
	Plugin      string
	Version     string
	KeyID       string
	Text        []byte
	Annotations map[string][]byte
	Seed        bool
}

// Count is what was asked of a plugin.
type Count struct {
	Plugin, Endpoint string
	Calls            int // of Decrypt
	Keys             int // that it decrypted
}

// Client asks the plugins of one configuration. It is safe for concurrent use.
type Client struct {
	ctx     context.Context
	timeout time.Duration
	plugins []Plugin

	mu    sync.Mutex
	conns map[string]*conn   // by the plugin's name and version
	keys  map[string]*answer // by the source
	next  time.Time          // when the next call may begin

	closed bool
}

// conn is the connection to a plugin.
type conn struct {
	Count
	*grpc.ClientConn
	path    string
	dial    sync.Mutex // guards dialed
	dialed  error      // the last error of its socket
	until   time.Time
	trouble error // until then
}

// answer is what a plugin said to a source.
type answer struct {
	done chan struct{}
	key  []byte
	err  error
	keep bool // it would say the same again
}

// New returns a client. It connects to a plugin when that is asked first; it asks nothing when ctx has ended.
func New(ctx context.Context, plugins []Plugin) *Client {
	return &Client{ctx: ctx, timeout: Timeout, plugins: plugins, conns: map[string]*conn{}, keys: map[string]*answer{}}
}

// Unwrap returns the key of a source.
func (c *Client) Unwrap(s Source) ([]byte, error) {
	id := s.id()
	c.mu.Lock()
	a := c.keys[id]
	if a == nil {
		a = &answer{done: make(chan struct{})}
		c.keys[id] = a
		c.mu.Unlock()
		a.key, a.keep, a.err = c.ask(&s)
		if !a.keep {
			c.mu.Lock()
			delete(c.keys, id)
			c.mu.Unlock()
		}
		close(a.done)
		return a.key, a.err
	}
	c.mu.Unlock()
	select {
	case <-a.done:
		return a.key, a.err
	case <-c.ctx.Done():
		return nil, c.ctx.Err()
	}
}

// id is equal for equal sources only.
func (s *Source) id() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q %x %t", s.Plugin, s.Version, s.KeyID, s.Text, s.Seed)
	for _, name := range slices.Sorted(maps.Keys(s.Annotations)) {
		fmt.Fprintf(&b, " %q=%x", name, s.Annotations[name])
	}
	return b.String()
}

// ask asks the plugin for a key. keep reports that it would say the same again.
func (c *Client) ask(s *Source) (key []byte, keep bool, err error) {
	p, err := c.conn(s)
	if err != nil { // not kept: no call was needed to know it, and a store may hold any number of such sources
		return nil, false, err
	}
	if err := c.wait(p); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(c.ctx, c.timeout)
	defer cancel()
	key, err = decrypt(ctx, p.ClientConn, s)
	dialed := p.lastDial()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil && len(key) == 0:
		return nil, true, fmt.Errorf("its KMS plugin %s returned an empty key", s.Plugin)
	case err == nil:
		p.Keys++
		return key, true, nil
	case c.ctx.Err() != nil:
		return nil, false, c.ctx.Err()
	}
	err, refused := p.explain(err, dialed, c.timeout)
	if !refused {
		p.until, p.trouble = time.Now().Add(Pause), err
	}
	return nil, refused, err
}

// wait waits until a plugin may be asked, and counts the call.
func (c *Client) wait(p *conn) error {
	c.mu.Lock()
	now := time.Now()
	if p.trouble != nil && now.Before(p.until) {
		defer c.mu.Unlock()
		return p.trouble
	}
	at := c.next
	if at.Before(now) {
		at = now
	}
	c.next = at.Add(spacing)
	c.mu.Unlock()
	if d := at.Sub(now); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-c.ctx.Done():
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if p.trouble != nil && time.Now().Before(p.until) { // since this call waited
		return p.trouble
	}
	p.Calls++
	return nil
}

// decrypt is the call.
func decrypt(ctx context.Context, cc grpc.ClientConnInterface, s *Source) ([]byte, error) {
	if s.Version == "v1" {
		r, err := v1.NewKeyManagementServiceClient(cc).Decrypt(ctx, &v1.DecryptRequest{Version: "v1beta1", Cipher: s.Text})
		return r.GetPlain(), err
	}
	r, err := v2.NewKeyManagementServiceClient(cc).Decrypt(ctx, &v2.DecryptRequest{Ciphertext: s.Text, Uid: uid(), KeyId: s.KeyID, Annotations: s.Annotations})
	return r.GetPlaintext(), err
}

// uid is a fresh name of a call.
func uid() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return "etcdscope-" + hex.EncodeToString(b[:])
}

// Counts are the plugins that were asked, and how often.
func (c *Client) Counts() (out []Count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.conns)) {
		out = append(out, c.conns[name].Count)
	}
	return out
}

// String says what was asked, "" for nothing.
func (c *Client) String() string {
	var all []string
	for _, n := range c.Counts() {
		if n.Calls > 0 {
			all = append(all, fmt.Sprintf("KMS plugin %s was asked for a key %s and decrypted %d", n.Plugin, times(n.Calls), n.Keys))
		}
	}
	return strings.Join(all, "; ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Close ends the connections. What was asked is still counted.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	for _, p := range c.conns {
		if !c.closed {
			err = errors.Join(err, p.ClientConn.Close())
		}
	}
	c.closed = true
	return err
}
