package live

import (
	"context"
	"slices"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Ask asks the members of a cluster that cannot be opened, each itself: those at the addresses of cfg, and those that are
// known from elsewhere. As soon as one of them answers, the members are those of its list. The error is the
// configuration's, or the context's.
func Ask(ctx context.Context, cfg Config, known []etcdsource.StoredMember) (etcdsource.Probe, error) {
	s, err := prepare(cfg)
	if err != nil {
		return etcdsource.Probe{}, err
	}
	s.life, s.end = context.WithCancel(context.Background())
	defer s.end()
	defer s.closeProbes()
	for _, m := range known {
		s.probes.list = append(s.probes.list, &pb.Member{ID: m.ID, Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: slices.Clone(m.ClientURLs), IsLearner: m.Learner})
	}
	reachable(s.probes.list)
	return s.Probe(ctx)
}
