package serve

import (
	"bufio"
	"compress/gzip"
	"net/http"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/model/kubeapi"
)

// writer writes an answer in pieces, each within a time of its own, packed where the client takes that and it is worth it.
//
//	body ─► hold (to see how much it is) ─► gzip? ─► 32 KiB pieces ─► connection
type writer struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	time time.Duration // that each piece has
	code int
	zip  bool // the client takes gzip
	hold []byte
	out  *bufio.Writer // nil until it is decided how to write
	pack *gzip.Writer
}

// worth is from how many bytes on an answer is packed.
const worth = 128 << 10

func newWriter(w http.ResponseWriter, a *kubeapi.Answer, r *http.Request, piece time.Duration) *writer {
	return &writer{w: w, rc: http.NewResponseController(w), time: piece, code: a.Code, zip: !a.Watch && takesGzip(r.Header.Get("Accept-Encoding"))}
}

// takesGzip reads an Accept-Encoding header.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// Write implements kubeapi.Writer.
func (w *writer) Write(p []byte) (int, error) {
	if w.out == nil {
		if w.zip && len(w.hold)+len(p) < worth {
			w.hold = append(w.hold, p...)
			return len(p), nil
		}
		if err := w.begin(w.zip); err != nil {
			return 0, err
		}
	}
	if w.pack != nil {
		return w.pack.Write(p)
	}
	return w.out.Write(p)
}

// begin sends the headers and what was held back.
func (w *writer) begin(pack bool) error {
	w.w.Header().Set("Vary", "Accept-Encoding")
	if pack {
		w.w.Header().Set("Content-Encoding", "gzip")
	}
	w.w.WriteHeader(w.code)
	w.out = bufio.NewWriterSize(pieces{w}, 32<<10)
	if pack {
		w.pack, _ = gzip.NewWriterLevel(w.out, gzip.BestSpeed) // the level is one that there is
	}
	held := w.hold
	w.hold = nil
	if len(held) == 0 {
		return nil
	}
	_, err := w.Write(held)
	return err
}

// pieces writes to the connection, each piece in its time.
type pieces struct{ w *writer }

func (p pieces) Write(b []byte) (n int, err error) {
	err = p.w.timed(func() error {
		n, err = p.w.w.Write(b)
		return err
	})
	return n, err
}

// timed gives a write its time. The deadline is taken away behind it: HTTP/2 resets a stream whose deadline passes, whether
// something is being written or not, and a watch may be quiet for long.
func (w *writer) timed(write func() error) error {
	if err := w.rc.SetWriteDeadline(time.Now().Add(w.time)); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	return w.rc.SetWriteDeadline(time.Time{})
}

// Flush implements kubeapi.Writer.
func (w *writer) Flush() error {
	if err := w.drain((*gzip.Writer).Flush); err != nil {
		return err
	}
	return w.timed(w.rc.Flush)
}

// close ends the body. What the connection still holds is written behind it, within the time of a piece.
func (w *writer) close() error {
	if err := w.drain((*gzip.Writer).Close); err != nil {
		return err
	}
	return w.rc.SetWriteDeadline(time.Now().Add(w.time))
}

// drain hands everything to the connection, what pack makes of a packed body with it.
func (w *writer) drain(pack func(*gzip.Writer) error) error {
	if w.out == nil {
		if err := w.begin(false); err != nil {
			return err
		}
	}
	if w.pack != nil {
		if err := pack(w.pack); err != nil {
			return err
		}
	}
	return w.out.Flush()
}
