package dating

import (
	"context"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
)

// An etcd that keeps Events alone has no leases of the control plane. Its Events are young, and each says when it was made.

const (
	maxCreations = 2000 // Events that are read, with their values
	creationPage = 500
)

// creations dates a running store by the creation of its Events, as they are now.
func (f *Finder) creations(ctx context.Context) error {
	span := etcdsource.Prefix(f.Root + "events/")
	span.Values, span.Limit = true, creationPage
	var stamps []clock.Stamp
	for n, more := 0, true; more && n < maxCreations; n += creationPage {
		page, err := f.Source.Range(ctx, span, etcdsource.At{})
		if etcdsource.Seen(err) != nil {
			return err
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			if o := f.Decoder.Outline(e.Key, e.Value, e.Mod); !o.Created.IsZero() && e.Create > 0 {
				stamps = append(stamps, clock.Stamp{Revision: e.Create, Kind: clock.Create, Second: o.Created, Gone: e.Create != e.Mod})
			}
		}
		if more = page.More && len(page.Entries) > 0; more {
			span = span.After(page.Entries[len(page.Entries)-1].Key)
		}
	}
	if f.Undated = len(stamps) == 0; !f.Undated {
		f.add(stamps...)
	}
	return nil
}
