package learn

import (
	"context"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// beats are folders of leases that something renews every few seconds as long as the cluster lives.
var beats = []string{"leases/kube-system/", "leases/kube-node-lease/"}

// maxBeats is how many leases of a folder are looked at.
const maxBeats = 200

// LastBeat is the newest time at which some component of the cluster said that it lives: the closest thing to a clock
// that a snapshot has. It is zero where there is none.
func (k *Known) LastBeat(ctx context.Context, src etcdsource.Source, rev int64) (newest time.Time) {
	for _, b := range beats {
		span := etcdsource.Prefix(k.Root + b)
		span.Values, span.Limit = true, maxBeats
		page, err := src.Range(ctx, span, etcdsource.At{Revision: rev})
		if err != nil {
			continue
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			at := columns.Field(k.Decoder.Object(e.Key, e.Value, e.Mod).Tree(decode.View{}), ".spec.renewTime")
			if t, err := time.Parse(time.RFC3339Nano, at); err == nil && t.After(newest) {
				newest = t
			}
		}
	}
	return newest
}
