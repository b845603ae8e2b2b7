package serve

import (
	"context"
	"errors"
	"net"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/model/kubeapi"
)

// Options are what a run needs.
type Options struct {
	API *kubeapi.API
	// Listen listens; Host is the address as clients write it.
	Listen func(context.Context) (net.Listener, error)
	Host   string
	// Kubeconfig writes the file that clients read. remove removes it.
	Kubeconfig func(data []byte) (written string, remove func(), err error)
	Contexts   []Context
	Current    string // the name of the one that is used where none is named
	// Interrupted is called when the watch of a running store ends; it is opened again where again is set. It may be nil.
	Interrupted func(err error, again bool)
}

// Run serves while f runs, and removes the kubeconfig at the end; f gets the address and the path of that. A store that is being
// written is read once for all clients.
func Run(ctx context.Context, o Options, f func(ctx context.Context, server, kubeconfig string) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	l, err := o.Listen(ctx)
	if err != nil {
		return err
	}
	s, err := New(o.API, l, o.Host)
	if err != nil {
		l.Close()
		return err
	}
	file, remove, err := o.Kubeconfig(s.Kubeconfig(o.Contexts, o.Current))
	if err != nil {
		l.Close()
		return err
	}
	defer remove()
	followed := o.follow(ctx, cancel)
	done := make(chan error, 1)
	safego.Go(func(err error) { done <- err; cancel(err) }, func() {
		err := s.Run(ctx)
		done <- err
		cancel(err)
	})
	err = f(ctx, s.URL(), file)
	cancel(nil)
	err = errors.Join(err, <-done)
	<-followed
	return err
}

// follow lets all clients share one watch of a running store. What it returns is closed when that has ended.
func (o *Options) follow(ctx context.Context, cancel func(error)) <-chan struct{} {
	ended := make(chan struct{})
	known := o.API.Known
	if !known.Info.Running {
		close(ended)
		return ended
	}
	shared := kubeapi.Share(o.API.Source, known.Info, known.Root)
	o.API.Source = shared
	say := func(err error, again bool) {
		if o.Interrupted != nil && ctx.Err() == nil {
			o.Interrupted(err, again)
		}
	}
	safego.Go(func(err error) { cancel(err); close(ended) }, func() {
		if err := shared.Run(ctx, func(err error) { say(err, true) }); err != nil {
			say(err, false)
		}
		close(ended)
	})
	return ended
}
