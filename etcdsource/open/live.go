package open

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/etcdsource/recall"
)

// elsewhere is what to do where this machine has no etcd.
const elsewhere = "name one with --endpoints, open a file with etcdscope PATH, or try etcdscope demo"

// sudo is the next step that discover puts behind its reason.
const sudo = "; run with sudo"

// usualPrefix is --etcd-prefix where an API server was not told another one.
const usualPrefix = "/registry"

// maxFailures is how many reasons an error names.
const maxFailures = 3

// finder looks for an etcd; discover.Find, except in tests.
type finder func(ctx context.Context, root string) []discover.Candidate

// openLive opens the cluster that flags or environment name, else the best that is found.
func openLive(ctx context.Context, o Options, find finder) (etcdsource.Source, Found, error) {
	found := Found{EncryptionConfig: o.EncryptionConfig}
	cfg, err := live.ConfigFromEnv(o.Live, o.Env)
	if err != nil {
		return nil, found, &etcdsource.Problem{Tried: "read etcdctl's environment variables", Why: err.Error(), Do: "unset it, or correct it", Err: err}
	}
	if o.Attempt != (etcdsource.Attempt{}) {
		return attempt(ctx, o, cfg, found, find)
	}
	switch {
	case len(o.Live.Endpoints) > 0:
		found.How, found.From = ByFlags, "--endpoints"
	case len(cfg.Endpoints) > 0:
		found.How, found.From = ByEnv, "ETCDCTL_ENDPOINTS"
	default:
		chosen, others := choose(find(ctx, o.Root), o.Etcd)
		if o.Etcd != "" && len(chosen) == 0 {
			return nil, found, noSuchEtcd(o.Etcd, others)
		}
		found.Others = others
		if len(chosen) > 0 {
			cfg.Beside = func(ctx context.Context) []string {
				n := discover.NodeAt(ctx, o.Root, layoutOf(chosen[0].Distribution))
				return beside(&n, chosen[0].Endpoints)
			}
		}
		return openFound(ctx, cfg, found, chosen)
	}
	if o.Etcd != "" {
		return nil, found, &etcdsource.Problem{Tried: "open etcd " + o.Etcd, Why: "--etcd chooses among those that are found on a node, and " + found.From + " names one", Do: "leave one of them out"}
	}
	src, err := live.Open(ctx, cfg)
	if err != nil {
		return nil, found, err
	}
	return src, found, nil
}

// choose returns the candidates for the etcd with a name, the main one for "", and the others.
func choose(all []discover.Candidate, name string) (chosen []discover.Candidate, others []Other) {
	for _, c := range all {
		if name == "" && c.Main() || name != "" && (c.Name == name || name == "main" && c.Main()) {
			chosen = append(chosen, c)
			continue
		}
		of := Other{cmp.Or(c.Name, "main"), c.Resources}
		if !slices.ContainsFunc(others, func(o Other) bool { return o.Name == of.Name }) {
			others = append(others, of)
		}
	}
	return chosen, others
}

// noSuchEtcd says which etcds there are.
func noSuchEtcd(name string, others []Other) error {
	p := &etcdsource.Problem{Tried: "open etcd " + name, Why: "none of that name was found on this node", Do: "etcdscope discover lists what was looked at"}
	var names []string
	for _, o := range others {
		names = append(names, o.Name)
	}
	if len(names) > 0 {
		p.Do = "give one of these to --etcd: " + strings.Join(names, ", ")
	}
	return p
}

// able gives a running source the ability to be recalled. The disks of the etcds that are found on this machine are
// spared, whichever of them is open.
func able(src etcdsource.Source, o Options, find finder) etcdsource.Source {
	return recall.Over(src, recall.Options{TempDir: o.TempDir, DataDirs: func(ctx context.Context) (dirs []string) {
		for _, c := range find(ctx, o.Root) {
			if c.DataDir != "" {
				dirs = append(dirs, c.DataDir)
			}
		}
		return dirs
	}})
}

// openFound opens the first candidate that answers.
func openFound(ctx context.Context, cfg live.Config, found Found, candidates []discover.Candidate) (etcdsource.Source, Found, error) {
	for _, c := range candidates {
		if err := ctx.Err(); err != nil {
			return nil, found, err
		}
		if !c.Usable {
			found.Failed = append(found.Failed, Failure{c.From, errors.New(c.Why)})
			continue
		}
		src, err := openAt(ctx, cfg, &c)
		if err != nil {
			found.Failed = append(found.Failed, Failure{c.From, err})
			continue
		}
		found.How, found.From, found.Candidate = ByDiscovery, c.From, &c
		if c.Prefix != usualPrefix { // that one is found anyway, together with others that are there
			found.Prefix = c.Prefix
		}
		found.AuditLog = c.AuditLog
		if found.EncryptionConfig == "" {
			found.EncryptionConfig = c.EncryptionConfig
		}
		return src, found, nil
	}
	if len(candidates) > 0 {
		return nil, found, failure(found.Failed)
	}
	return openDefault(ctx, cfg, found)
}

// openAt opens an etcd that was found, at another of its addresses where the first one is at fault, and notes which. That is none
// without TLS where the first one has it.
func openAt(ctx context.Context, cfg live.Config, c *discover.Candidate) (etcdsource.Source, error) {
	src, first := openOne(ctx, cfg, c)
	if first == nil || !live.AddressAtFault(first) {
		return src, first
	}
	for i, ep := range c.Also {
		if ctx.Err() != nil || overTLS(c.Endpoints[0]) && !overTLS(ep) {
			continue
		}
		other := *c
		other.Endpoints, other.Also = []string{ep}, slices.Concat(c.Endpoints, slices.Delete(slices.Clone(c.Also), i, i+1))
		src, err := openOne(ctx, cfg, &other)
		if err == nil {
			*c = other
		}
		if err == nil || !live.AddressAtFault(err) {
			return src, err
		}
	}
	return nil, first
}

// openOne opens an etcd that was found, at its first address.
func openOne(ctx context.Context, cfg live.Config, c *discover.Candidate) (etcdsource.Source, error) {
	full := with(cfg, *c)
	if err := mayLogIn(full, c.RunBy); err != nil {
		return nil, err
	}
	return live.Open(ctx, full)
}

// openDefault tries the address that etcdctl takes where nothing else is said.
func openDefault(ctx context.Context, cfg live.Config, found Found) (etcdsource.Source, Found, error) {
	if err := mayLogIn(cfg, ""); err != nil {
		return nil, found, err
	}
	src, err := live.Open(ctx, cfg)
	if err == nil {
		found.How, found.From = ByDefault, "etcdctl's default address"
		return src, found, nil
	}
	if ctx.Err() != nil {
		return nil, found, ctx.Err()
	}
	if cfg.CACert != "" || cfg.Cert != "" || cfg.Key != "" || cfg.User != "" || cfg.InsecureSkipVerify {
		return nil, found, err
	}
	return nil, found, &etcdsource.Problem{
		Tried: "find an etcd on this machine", Do: elsewhere, Err: err,
		Why: "there is no process, manifest or known folder of one, and etcdctl's default address does not work (" + reason(err) + ")",
	}
}

// mayLogIn refuses to send a password to a server that was found, not given, unless it proves who it is. runBy is who
// runs it where that is neither root nor a user whom root has given the data directory.
func mayLogIn(cfg live.Config, runBy string) error {
	if cfg.User == "" { // a password alone is never sent
		return nil
	}
	where := strings.Join(cfg.Endpoints, ",")
	if where == "" {
		where = "127.0.0.1:2379"
	}
	var why string
	switch {
	case !proves(&cfg):
		why = "is plain http, on which anybody may listen"
	case cfg.InsecureSkipVerify:
		why = "would not have to prove who it is (--insecure-skip-tls-verify)"
	case runBy != "":
		why = "is run by " + runBy + ", who made its data directory himself"
	default:
		return nil
	}
	return &etcdsource.Problem{Tried: "log in to " + where, Why: "user and password were not sent, because that endpoint was found, not given, and " + why,
		Do: "name the endpoint with --endpoints to send them, or leave the user out"}
}

// proves reports whether every endpoint is one that shows a certificate, or a socket.
func proves(cfg *live.Config) bool {
	certificates := cfg.CACert != "" || cfg.Cert != "" || cfg.Key != "" || cfg.InsecureSkipVerify
	if len(cfg.Endpoints) == 0 {
		return certificates
	}
	for _, ep := range cfg.Endpoints {
		scheme, _, ok := strings.Cut(strings.ToLower(ep), "://")
		if !ok && certificates {
			scheme = "https"
		}
		if scheme != "https" && scheme != "unix" && scheme != "unixs" {
			return false
		}
	}
	return true
}

// with fills in from the candidate what the configuration leaves out. A certificate goes with its key.
func with(cfg live.Config, c discover.Candidate) live.Config {
	cfg.Endpoints = c.Endpoints
	if cfg.CACert == "" {
		cfg.CACert = c.CAFile
	}
	if cfg.Cert == "" && cfg.Key == "" {
		cfg.Cert, cfg.Key = c.CertFile, c.KeyFile
	}
	return cfg
}

// failure is one error for all the candidates that failed.
func failure(failed []Failure) error {
	var problem *etcdsource.Problem
	p := &etcdsource.Problem{Tried: "open the etcd of this machine", Do: elsewhere, Err: failed[0].Err}
	switch {
	case errors.As(failed[0].Err, &problem) && problem.Do != "":
		p.Do = problem.Do
	case strings.HasSuffix(failed[0].Err.Error(), sudo):
		p.Do = strings.TrimPrefix(sudo, "; ")
	}
	var why []string
	for i, f := range failed {
		if i == maxFailures {
			why = append(why, fmt.Sprintf("%d more failed too (etcdscope discover lists them)", len(failed)-i))
			break
		}
		why = append(why, fmt.Sprintf("found in %s, but %s", f.From, reason(f.Err)))
	}
	p.Why = strings.Join(why, "; ")
	return p
}

// reason is an error without the next step, which is said once, at the end.
func reason(err error) string {
	var p *etcdsource.Problem
	if errors.As(err, &p) {
		return (&etcdsource.Problem{Tried: p.Tried, Why: p.Why}).Error()
	}
	return strings.TrimSuffix(err.Error(), sudo)
}
