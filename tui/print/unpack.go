package print

import (
	"context"
	"errors"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// unpacking opens what the options name and says on the terminal how far that is. A packed file that takes much space is
// asked about, where there is a terminal; else, or where the answer is no, the error says what to do.
func unpacking[T any](ctx context.Context, a *app, o OpenOptions, open func(context.Context, OpenOptions) (T, error)) (T, error) {
	p := &progress{app: a, on: isTerminal(a.stderr)}
	o.Progress = p.report
	for {
		opened, err := open(ctx, o)
		p.end()
		var much *etcdsource.UnpackError
		if !errors.As(err, &much) || much.Allow() <= o.MaxUnpack || !isTerminal(a.stdin) || !isTerminal(a.stderr) {
			return opened, err
		}
		a.warn("%s: %s", clean.Key([]byte(o.Path)), clean.Error(much))
		switch yes, stopped := a.askGoOn(ctx); {
		case stopped != nil:
			return opened, stopped
		case !yes:
			return opened, err
		}
		o.MaxUnpack = much.Allow()
	}
}
