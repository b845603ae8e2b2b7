package serve

import "time"

// SetPieceTime sets the time that a client may take for each piece of an answer.
func (s *Server) SetPieceTime(d time.Duration) { s.piece, s.event = d, d }

// SetReads sets how many reads are answered at once.
func (s *Server) SetReads(n int) { s.reads = make(chan struct{}, n) }
