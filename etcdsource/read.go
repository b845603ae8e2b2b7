package etcdsource

import (
	"context"
	"errors"
	"io"
)

// Get reads one key with its value, at a revision or now (0). ok is false where there is no such key.
func Get(ctx context.Context, src Source, key []byte, rev int64) (e Entry, ok bool, err error) {
	span := Key(key)
	span.Values = true
	p, err := src.Range(ctx, span, At{Revision: rev})
	if err != nil || len(p.Entries) == 0 {
		return Entry{}, false, err
	}
	return p.Entries[0], true, nil
}

// Each calls f for every entry of a span, page by page, all at one revision: the given one, or (0) that of the first
// page. It ends with the first error of f.
func Each(ctx context.Context, src Source, span Span, rev int64, f func(Entry) error) error {
	for {
		p, err := src.Range(ctx, span, At{Revision: rev})
		if err != nil {
			return err
		}
		for _, e := range p.Entries {
			if err := f(e); err != nil {
				return err
			}
		}
		if !p.More || len(p.Entries) == 0 {
			return nil
		}
		span = span.After(p.Entries[len(p.Entries)-1].Key)
		if rev == 0 {
			rev = p.Revision
		}
	}
}

// EachChange calls f for every change of a span that a source retains, up to a revision; the source has all of it without a request to a server.
// It ends with the first error of f.
func EachChange(ctx context.Context, src Source, span Span, upTo int64, f func(*Event) error) error {
	return EachChangeFrom(ctx, src, span, 1, upTo, f)
}

// EachChangeFrom is EachChange from a revision on, which is not behind the newest one.
func EachChangeFrom(ctx context.Context, src Source, span Span, from, upTo int64, f func(*Event) error) error {
	stream, err := src.Watch(ctx, span, from)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		b, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range b.Events {
			if err := f(&b.Events[i]); err != nil {
				return err
			}
		}
		if b.Revision >= upTo {
			return nil
		}
	}
}
