package snapfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

const (
	trailerSize = sha256.Size
	// checkFirst is the size up to which a file is checked before it is opened, in bytes. Larger ones are checked
	// beside the first screen.
	checkFirst = 256 << 20
	// hashStep is how often the context is looked at, in bytes.
	hashStep = 4 << 20
)

const (
	saysWrong  = "hash does not match its trailer (file is truncated or damaged)"
	trySalvage = "try --no-verify to read what is there"
)

// hasTrailer decides by its length whether a sha256 follows the database: pages are multiples of 512 bytes.
func hasTrailer(size int64) bool { return size%512 == trailerSize }

// checkTrailer compares the file's sha256 with its last 32 bytes. progress is called now and then with the bytes read.
func checkTrailer(ctx context.Context, f *os.File, size int64, progress func(done int64)) (ok bool, err error) {
	h := sha256.New()
	body := io.NewSectionReader(f, 0, size-trailerSize)
	buf := make([]byte, min(hashStep, size))
	for done := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := body.Read(buf)
		h.Write(buf[:n])
		done += int64(n)
		if progress != nil {
			progress(done)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, fmt.Errorf("read for its checksum: %w", err)
		}
	}
	var want [trailerSize]byte
	if _, err := f.ReadAt(want[:], size-trailerSize); err != nil && err != io.EOF {
		return false, fmt.Errorf("read its checksum: %w", err)
	}
	return bytes.Equal(h.Sum(nil), want[:]), nil
}

// checkInBackground checks the trailer beside everything else and keeps the verdict up to date.
func (s *Source) checkInBackground(ctx context.Context) {
	s.setVerdict(etcdsource.Checking, "checking sha256: 0 %")
	failed := func(err error) { s.setVerdict(etcdsource.Failed, "the check failed: "+err.Error()) }
	safego.Wait(&s.background, failed, func() {
		ok, err := checkTrailer(ctx, s.file, s.size, func(done int64) {
			s.setVerdict(etcdsource.Checking, fmt.Sprintf("checking sha256: %d %%", done*100/s.size))
		})
		switch {
		case ctx.Err() != nil:
			s.setVerdict(etcdsource.Unchecked, "the check was not finished")
		case err != nil:
			s.setVerdict(etcdsource.Failed, plain(err))
		case ok:
			s.setVerdict(etcdsource.Passed, "sha256 matches")
		default:
			s.setVerdict(etcdsource.Failed, saysWrong)
		}
	})
}

func (s *Source) setVerdict(state etcdsource.VerdictState, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verdict = etcdsource.Verdict{State: state, Text: text}
}
