package print

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// The exit codes.
const (
	exitNo          = 1
	exitUsage       = 2
	exitSource      = 3
	exitCompacted   = 4
	exitDied        = 2 // as every Go program that dies of a panic
	exitInterrupted = 130
)

// codeError is an error whose exit code was decided where it was made. One without a text is silent: the answer is no,
// and has been printed.
type codeError struct {
	code int
	text string
}

func (e *codeError) Error() string { return e.text }

func usage(format string, a ...any) error { return &codeError{exitUsage, fmt.Sprintf(format, a...)} }

func no(format string, a ...any) error { return &codeError{exitNo, fmt.Sprintf(format, a...)} }

// differs is the silent no.
var differs = &codeError{code: exitNo}

// exitCode is the code for an error of a command.
func exitCode(ctx context.Context, err error) int {
	var code *codeError
	var compacted *etcdsource.CompactedError
	var future *etcdsource.FutureError
	var cannot *etcdsource.UnsupportedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return code.code
	case errors.Is(err, safego.ErrDied):
		return exitDied
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &compacted):
		return exitCompacted
	case errors.As(err, &future), errors.Is(err, fs.ErrExist):
		return exitNo
	case errors.As(err, &cannot):
		return exitUsage
	}
	return exitSource
}

// errorLine is the line for stderr, "" for none.
func errorLine(err error) string {
	if s := clean.Error(err); s != "" {
		return "etcdscope: " + s
	}
	return ""
}
