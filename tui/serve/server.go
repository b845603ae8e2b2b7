package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/kubeapi"
)

// The bounds of what clients may use.
const (
	maxHeader  = 64 << 10 // bytes of a request's headers
	maxURL     = 32 << 10 // bytes of its path and query
	maxBody    = 64 << 10 // bytes of a review
	maxConns   = 1024     // connections at once: where each watch has its own, others are still answered
	maxWatches = 512      // at once
	maxReads   = 64       // lists and gets that are answered at once, each with a page in memory; others wait
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second // for a whole request
	idleTime   = 2 * time.Minute
	pieceTime  = 5 * time.Second  // for each piece of a read, which others may wait for: who takes none for so long is cut off
	writeTime  = 30 * time.Second // for each piece of a watch
	queueTime  = 30 * time.Second // that a read waits for its turn
	endTime    = 2 * time.Second  // that requests have when the program ends
)

// Server is one run of the API. Its fields are set before Run.
type Server struct {
	API      *kubeapi.API
	Listener net.Listener
	Host     string // of the address, as clients write it

	token   string
	cert    tls.Certificate
	ca      []byte
	address string // host:port
	reads   chan struct{}
	watches chan struct{}
	piece   time.Duration // that a client may take for each piece of a read
	event   time.Duration // and of a watch
}

// New makes the certificate and the token of a run.
func New(api *kubeapi.API, l net.Listener, host string) (*Server, error) {
	s := &Server{API: api, Listener: l, Host: host, token: newToken(), reads: make(chan struct{}, maxReads), watches: make(chan struct{}, maxWatches), piece: pieceTime, event: writeTime}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, err
	}
	s.address = net.JoinHostPort(host, port)
	s.cert, s.ca, err = certificate(host, time.Now())
	return s, err
}

// URL is the address of the server.
func (s *Server) URL() string { return "https://" + s.address }

// Kubeconfig is the file with which clients find it.
func (s *Server) Kubeconfig(contexts []Context, current string) []byte {
	return kubeconfig(s.URL(), s.token, s.ca, contexts, current)
}

// Run answers until the context ends. It closes the listener.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: headerTime, ReadTimeout: readTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{s.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}},
		ErrorLog:  log.New(io.Discard, "", 0), BaseContext: func(net.Listener) context.Context { return ctx },
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxWatches, MaxReadFrameSize: 1 << 20, SendPingTimeout: time.Minute, WriteByteTimeout: writeTime},
	}
	done := make(chan error, 1)
	safego.Go(func(err error) { done <- err }, func() { done <- h.ServeTLS(newLimited(s.Listener, maxConns), "", "") })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	cancel() // watches end
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer stop()
	if h.Shutdown(end) != nil {
		_ = h.Close()
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
