package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/kubeapi"
)

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if no := s.refuses(r); no != nil {
		r.Close = true
		s.send(w, r, no)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			s.send(w, r, kubeapi.Refused(http.StatusRequestEntityTooLarge, metav1.StatusReasonRequestEntityTooLarge, "the body is larger than the reviews that are answered"))
		}
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // watches go on for longer
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	ask := &kubeapi.Request{Method: method, Path: r.URL.Path, Query: r.URL.Query(), Accept: r.Header.Get("Accept"), Body: body}
	release, no := s.turn(r.Context())
	if no != nil {
		s.send(w, r, no)
		return
	}
	defer func() { release() }()
	answer := s.answer(r.Context(), ask)
	if answer.Watch {
		release()
		if release, no = s.watch(); no != nil {
			s.send(w, r, no)
			return
		}
	}
	s.send(w, r, answer)
}

// answer asks the API; a panic in it is an answer too.
func (s *Server) answer(ctx context.Context, ask *kubeapi.Request) (a *kubeapi.Answer) {
	defer func() {
		if p := recover(); p != nil {
			a = kubeapi.Failed(safego.Caught(p))
		}
	}()
	return s.API.Serve(ctx, ask)
}

// refuses says why a request is not looked at, nil where it is.
func (s *Server) refuses(r *http.Request) *kubeapi.Answer {
	switch {
	case !s.known(r.Host):
		return kubeapi.Refused(http.StatusForbidden, metav1.StatusReasonForbidden, "the Host header is not the address of this server")
	case !s.trusted(r.Header.Get("Authorization")):
		return kubeapi.Refused(http.StatusUnauthorized, metav1.StatusReasonUnauthorized, "the bearer token of this run is missing or wrong; it is in the kubeconfig that etcdscope serve wrote")
	case len(r.RequestURI) > maxURL:
		return kubeapi.Refused(http.StatusRequestURITooLong, metav1.StatusReasonRequestEntityTooLarge, "the path and the selectors are longer than 32 KiB")
	}
	return nil
}

// known reports whether a Host header names this server.
func (s *Server) known(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	_, own, _ := net.SplitHostPort(s.address) // it was joined
	return (port == "" || port == own) && (name == s.Host || strings.EqualFold(name, "localhost"))
}

// trusted compares the token in a time that does not depend on it.
func (s *Server) trusted(header string) bool {
	scheme, token, _ := strings.Cut(header, " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(s.token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// turn waits until a read may begin.
func (s *Server) turn(ctx context.Context) (release func(), no *kubeapi.Answer) {
	wait := time.NewTimer(queueTime)
	defer wait.Stop()
	select {
	case s.reads <- struct{}{}:
		return func() { <-s.reads }, nil
	case <-ctx.Done():
	case <-wait.C:
	}
	return nil, kubeapi.Refused(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "too many requests are being answered; try again")
}

// watch takes the place of one watch.
func (s *Server) watch() (release func(), no *kubeapi.Answer) {
	select {
	case s.watches <- struct{}{}:
		return func() { <-s.watches }, nil
	default:
		return func() {}, kubeapi.Refused(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "too many watches are open; close some of them")
	}
}

// send writes an answer. One that cannot be finished is cut, so that no client takes a part for the whole.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a *kubeapi.Answer) {
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Cache-Control", "no-cache, private")
	h.Set("X-Content-Type-Options", "nosniff")
	for k, v := range a.Header {
		h.Set(k, v)
	}
	if a.Code == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	piece := s.piece
	if a.Watch {
		piece = s.event
	}
	out := newWriter(w, a, r, piece)
	if r.Method == http.MethodHead {
		w.WriteHeader(a.Code)
		return
	}
	if err := s.write(r.Context(), a, out); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// write writes the body.
func (s *Server) write(ctx context.Context, a *kubeapi.Answer, out *writer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = safego.Caught(p)
		}
	}()
	if err := a.Body(ctx, out); err != nil {
		return err
	}
	return out.close()
}
