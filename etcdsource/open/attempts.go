package open

import (
	"context"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
)

// maxAttempts is how many other ways to open a cluster are named.
const maxAttempts = 5

// attempts are other ways to open a cluster that could not be opened: with a certificate, or at an address, that was found on this
// machine and not tried, or at the address of another member.
//
//	given:  --endpoints A --cert x ─► A with y, which was found · B, which was found
//	found:  A with x, A with y failed ─► C, another address of that etcd, which was not tried · D, a member that the data directory names
func (f *offliner) attempts(cfg *live.Config, found []discover.Candidate) (out []etcdsource.Attempt) {
	add := func(a etcdsource.Attempt) {
		if len(out) < maxAttempts && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	tried := slices.Concat(f.out.Endpoints, triedAlso(found))
	if len(cfg.Endpoints) > 0 {
		tried = cfg.Endpoints
		for _, c := range found {
			if c.Usable && c.CertFile != "" && c.CertFile != cfg.Cert && overTLS(tried[0]) {
				add(etcdsource.Attempt{CACert: c.CAFile, Cert: c.CertFile, Key: c.KeyFile, From: c.From})
			}
		}
		for _, c := range found {
			if c.Usable && !slices.ContainsFunc(c.Endpoints, func(ep string) bool { return among(tried, ep) }) {
				add(etcdsource.Attempt{Endpoint: c.Endpoints[0], CACert: c.CAFile, Cert: c.CertFile, Key: c.KeyFile, From: c.From})
			}
		}
	}
	for _, a := range others(found, tried) {
		add(a)
	}
	for i := range f.out.Members {
		for _, ep := range f.out.Members[i].ClientURLs {
			if own := f.out.Member != "" && f.out.Members[i].Name == f.out.Member; !own && !among(tried, ep) {
				add(etcdsource.Attempt{Endpoint: ep, CACert: f.out.Access.CACert, Cert: f.out.Access.Cert, Key: f.out.Access.Key, From: "member " + f.out.Members[i].Name + ", " + f.out.From})
			}
		}
	}
	return out
}

// triedAlso are the other addresses of etcds that were found, as far as openAt has tried them.
func triedAlso(found []discover.Candidate) (out []string) {
	for _, c := range found {
		for _, ep := range c.Also {
			if overTLS(ep) || len(c.Endpoints) > 0 && !overTLS(c.Endpoints[0]) {
				out = append(out, ep)
			}
		}
	}
	return out
}

// others are the other addresses of etcds that were found, but for those that were tried.
func others(found []discover.Candidate, tried []string) (out []etcdsource.Attempt) {
	tried = slices.Clone(tried)
	for _, c := range found {
		for _, ep := range c.Also {
			if c.Usable && !among(tried, ep) {
				out = append(out, etcdsource.Attempt{Endpoint: ep, CACert: c.CAFile, Cert: c.CertFile, Key: c.KeyFile, From: c.From})
				tried = append(tried, ep)
			}
		}
	}
	return out
}

// overTLS reports whether an address is one that a certificate is shown to.
func overTLS(ep string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(ep), "://")
	return !ok || scheme == "https"
}

// among reports whether an address is one of a list, however they are written.
func among(list []string, ep string) bool {
	host, port := hostPort(ep)
	return slices.ContainsFunc(list, func(x string) bool {
		h, p := hostPort(x)
		return h == host && p == port
	})
}

// attempt opens a cluster in another way than the flags and the node say. An address that was not given gets a password only where it
// proves who it is, as one that was found does.
func attempt(ctx context.Context, o Options, cfg live.Config, found Found, find finder) (etcdsource.Source, Found, error) {
	a := o.Attempt
	if a.Cert != "" {
		cfg.CACert, cfg.Cert, cfg.Key = a.CACert, a.Cert, a.Key
	}
	if a.Endpoint == "" && len(cfg.Endpoints) > 0 || among(cfg.Endpoints, a.Endpoint) {
		if a.Endpoint != "" {
			cfg.Endpoints = []string{a.Endpoint}
		}
		found.How, found.From = ByFlags, a.From
		src, err := live.Open(ctx, cfg)
		return src, found, err
	}
	chosen, others := choose(find(ctx, o.Root), o.Etcd)
	c := discover.Candidate{}
	if len(chosen) > 0 {
		c = chosen[0]
	}
	c.Usable, c.From, c.Endpoints, found.Others = true, a.From, []string{a.Endpoint}, others
	c.CAFile, c.CertFile, c.KeyFile = a.CACert, a.Cert, a.Key
	cfg.Endpoints = nil
	return openFound(ctx, cfg, found, []discover.Candidate{c})
}
