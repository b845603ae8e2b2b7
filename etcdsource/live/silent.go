package live

import "github.com/etcdscope/etcdscope/etcdsource"

// silent are the given addresses at which nothing answers, without those that are, or were, a member's: these have a row.
func (r *round) silent() (out []etcdsource.SilentEndpoint) {
	members := map[string]bool{}
	for _, m := range r.s.probes.list {
		for addr := range r.addresses(m) {
			members[addr] = true
		}
		if ep, err := parseEndpoint(r.s.probes.at[m.GetID()], r.s.cfg.wantsTLS()); err == nil {
			members[ep.addr] = true
		}
	}
	given := map[string]bool{}
	for _, ep := range r.s.eps {
		given[ep.addr] = true
	}
	for _, rep := range r.replies {
		if given[rep.ep.addr] && !members[rep.ep.addr] && !rep.denied && !rep.foreign && rep.fault != "" {
			out = append(out, etcdsource.SilentEndpoint{Endpoint: rep.ep.text, Fault: rep.fault})
		}
	}
	return out
}
