package verify

import (
	"context"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Cluster returns what identifies the cluster of a store, the uid of the namespace kube-system; ""
// where that is not there or does not say. It reads one key.
func Cluster(ctx context.Context, o *learn.Opened) (string, error) {
	key := []byte(o.Root + "namespaces/kube-system")
	e, ok, err := etcdsource.Get(ctx, o.Source, key, 0)
	if err != nil || !ok {
		return "", err
	}
	return o.Decoder.Object(key, e.Value, e.Mod).UID, nil
}
