package serve

import "time"

// SetPieceTime sets the time that a client may take for each piece of an answer.
func (s *Server) SetPieceTime(d time.Duration) { s.piece = d }
