package live

import (
	"context"
	"errors"
	"io"
	"strings"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
)

// lost reports whether an error says that the member is of no use any more, rather than that the question was wrong.
func lost(err error) bool {
	if errors.Is(err, io.EOF) {
		return true // a server that stops ends its streams in good order
	}
	switch code(err) {
	case codes.Unavailable:
		return true
	case codes.DeadlineExceeded:
		return !is(err, rpctypes.ErrGRPCDeadlineExceeded)
	case codes.Canceled:
		// The connection was closed under the request: somebody else moved.
		return !errors.Is(err, context.Canceled)
	}
	return false
}

// move takes the session away from a member that failed. It reports whether another one was found, by this call or by
// another one meanwhile. Everything that still runs on the old member ends with its connection.
func (s *Source) move(ctx context.Context, from *member) bool {
	s.moving.Lock()
	defer s.moving.Unlock()
	m, err := s.member()
	if err != nil {
		return false
	}
	if m != from {
		return true
	}
	to, err := s.another(ctx, from)
	if err != nil {
		return false
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		to.close()
		return false
	}
	s.cur = to
	s.leaderless.Store(to.leaderless())
	s.unanswered.Store(false)
	s.silences.Store(0)
	s.leaderAsked.Store(0) // that was the member before
	s.mu.Unlock()
	from.close()
	return true
}

// joinLine joins texts to one line.
func joinLine(texts []string) string { return strings.Join(texts, "; ") }
