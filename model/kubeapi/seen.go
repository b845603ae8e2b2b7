package kubeapi

import (
	"context"
	"errors"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// seen says what a change is for the client: one that is not selected any more is gone for it. it is nil where it is nothing.
func (w *watcher) seen(ctx context.Context, e *etcdsource.Event) (typ string, it *item, err error) {
	var before *item
	if e.Type == etcdsource.Deleted || e.Type == etcdsource.Updated && !w.constant {
		if before, err = w.before(ctx, e); err != nil {
			return "", nil, err
		}
	}
	was := before != nil && w.o.matches(before)
	if e.Type == etcdsource.Deleted {
		if was {
			return "DELETED", before, nil
		}
		return "", nil, nil
	}
	it = w.item(e.Key, e.Value, e.Mod)
	is := it != nil && w.o.matches(it)
	switch {
	case is && (e.Type == etcdsource.Created || !w.constant && !was):
		return "ADDED", it, nil
	case is:
		return "MODIFIED", it, nil
	case was:
		return "DELETED", before, nil
	}
	return "", nil, nil
}

// before is the object as it was before a change, with the revision of the change, as the API server sends it. Where that was
// compacted the selectors cannot be asked whether the client knows the object, unless they look at its name only: the client
// must list again.
func (w *watcher) before(ctx context.Context, e *etcdsource.Event) (*item, error) {
	old, err := w.entryBefore(ctx, e)
	var compacted *etcdsource.CompactedError
	switch {
	case errors.As(err, &compacted) && w.constant:
		return w.item(e.Key, nil, e.Mod), nil // all that is known is that it is gone
	case errors.As(err, &compacted):
		return nil, apierrors.NewResourceExpired("too old resource version: " + strconv.FormatInt(e.Mod-1, 10) +
			" (whether the selectors selected an object before it changed cannot be told any more)")
	case err != nil || old == nil:
		return nil, err
	}
	return w.item(e.Key, old.Value, e.Mod), nil
}

// entryBefore reads what a key was before a change, nil where it was not there.
func (w *watcher) entryBefore(ctx context.Context, e *etcdsource.Event) (*etcdsource.Entry, error) {
	if past, err := etcdsource.As[etcdsource.LocalPast](w.a.Source); err == nil {
		if old, ok := past.VersionBefore(e.Key, e.Mod); ok && old.Type != etcdsource.Deleted {
			return &etcdsource.Entry{Key: old.Key, Value: old.Value, Create: old.Create, Mod: old.Mod, Version: old.Version}, nil
		}
	}
	if s, ok := w.a.Source.(*Shared); ok && w.at.live() && (s.keeps(e.Mod) || w.a.Known.Info.Past != etcdsource.PastWhole) {
		return s.before(ctx, e.Key, e.Mod)
	}
	old, ok, err := etcdsource.Get(ctx, w.a.Source, e.Key, e.Mod-1)
	if err != nil || !ok {
		return nil, err
	}
	return &old, nil
}
