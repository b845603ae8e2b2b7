// Package open is the one door: from what someone asked for to a source, or to the reason why not.
//
//	a path ─────────────→ a story's folder or file → demo
//	                      anything else            → archive, which detects the kind from the content
//	a demo ─────────────→ demo
//	neither ─→ flags ───┐
//	           else ETCDCTL_* ──→ live
//	           else what is found on this node, best first
//
// What always holds:
//   - A flag wins over the environment, and both over what is found; each setting on its own, so that a certificate
//     given by hand is used with an address that was found.
//   - Found says where the address came from, and what was tried before it and failed.
//   - A running source can be recalled (etcdsource.Recaller), the demo's too.
//   - The source is nil exactly when there is an error. An error is a *etcdsource.Problem, or the context's.
package open

import (
	"cmp"
	"context"
	"os"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/demo"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/etcdsource/recall"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Options say what to open. The zero value opens the live cluster of this node.
type Options struct {
	Path  string // a file or a folder; "" for none
	Demo  bool   // open the demo, where Path is empty
	Story string // of the demo: a name or a path; "" is the default one

	// Live is what the flags say; what they leave out is empty. Its Name is given to whatever is opened.
	Live live.Config
	Env  func(string) string // nil: os.Getenv
	Root string              // a node's file tree, mounted elsewhere; "" is this node's
	Etcd string              // of several etcds of the node the one to open, by its name; "" is the main one

	// Attempt is another way to open the live cluster than the one that the flags and the node say; the zero one for that.
	Attempt etcdsource.Attempt

	EncryptionConfig string // a file; "" is the one that is found
	Wait             bool   // compare the checksum of a large file too before it is open
	NoSum            bool   // do not compare the checksum of a large file
	NoVerify         bool   // open what can be read of a damaged file
	WALDir           string // of the data directory at Path; "" for the usual one, or the one that the node's etcd uses
	TempDir          string // for unpacked files and the demo; "" is the system's
	MaxUnpack        int64  // of a packed file, in bytes; 0: 4 GiB, and at most half of what is free

	// Progress receives what opening does, and how many bytes of how many are done, -1 where that is not known; it may be nil.
	Progress func(step string, done, total int64)
}

// How is the way in which a source was found.
type How string

// The ways in which a source is found.
const (
	ByPath      How = "path"
	ByDemo      How = "demo"
	ByFlags     How = "flags"
	ByEnv       How = "environment"
	ByDiscovery How = "discovery"
	ByDefault   How = "default" // nothing was said or found, but 127.0.0.1:2379 answers
)

// Found says what was opened and where the settings came from.
type Found struct {
	How  How
	From string // for people: a path, "--endpoints", "ETCDCTL_ENDPOINTS", a manifest or a process
	// Candidate is what was found on this node, where How is ByDiscovery.
	Candidate *discover.Candidate
	// EncryptionConfig is the file that says how values are encrypted; "" where none was given or found.
	EncryptionConfig string
	// Keys is the configuration that lies with a backup, nil where there is none, or one was given; NoKeys is why it could
	// not be read.
	Keys   *archive.Keys
	NoKeys error
	// Prefix is the root that the node's API server uses; "" where it was not found.
	Prefix string
	// AuditLog is the log that the node's API server keeps; "" where none was found.
	AuditLog string
	// Others are other etcds of the node, which hold what is not in the one that was opened.
	Others []Other
	// Failed are the candidates that were tried before, or could not be tried, and why.
	Failed []Failure
}

// Other is another etcd of the node: its name, and the resources that it keeps alone (events, coordination.k8s.io/leases),
// nil where that is not known.
type Other struct {
	Name      string
	Resources []string
}

// Failure is a candidate that could not be used.
type Failure struct {
	From string
	Err  error
}

// Open opens what the options ask for. The caller closes the source.
func Open(ctx context.Context, o Options) (etcdsource.Source, Found, error) {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	switch {
	case o.Path != "" && demo.IsStory(o.Path):
		return openDemo(ctx, o, o.Path, Found{How: ByPath, From: o.Path})
	case etcdsource.IsBucket(o.Path):
		return openBucket(ctx, o)
	case o.Path != "":
		return openFile(ctx, o)
	case o.Demo:
		return openDemo(ctx, o, o.Story, Found{How: ByDemo, From: strings.TrimSpace("demo " + o.Story)})
	}
	src, found, err := openLive(ctx, o, discover.Find)
	if err != nil {
		return nil, found, err
	}
	return able(src, o, discover.Find), found, nil
}

func openFile(ctx context.Context, o Options) (etcdsource.Source, Found, error) {
	found := Found{How: ByPath, From: o.Path, EncryptionConfig: o.EncryptionConfig}
	file := snapfile.Options{NoVerify: o.NoVerify, Wait: o.Wait, NoSum: o.NoSum, TempDir: o.TempDir, MaxUnpack: o.MaxUnpack, Progress: o.Progress, WALDir: cmp.Or(o.WALDir, walOf(ctx, o, discover.Find))}
	src, err := archive.Open(ctx, o.Path, file)
	if err != nil {
		return nil, found, err
	}
	if o.EncryptionConfig == "" {
		found.Keys, found.NoKeys = archive.FindKeys(ctx, o.Path, file)
	}
	if o.Live.Name != "" {
		return named{src, o.Live.Name}, found, nil
	}
	return src, found, nil
}

// walOf returns the folder of the WAL of a data directory that has none in it: the one that the etcd of this node which uses
// the directory was told; "" for none.
func walOf(ctx context.Context, o Options, find func(context.Context, string) []discover.Candidate) string {
	data, member, has := snapfile.HasWAL(o.Path)
	if !member || has {
		return ""
	}
	of, err := os.Stat(data)
	if err != nil {
		return ""
	}
	for _, c := range find(ctx, o.Root) {
		if st, err := os.Stat(c.DataDir); c.WALDir != "" && err == nil && os.SameFile(st, of) && snapfile.HoldsWAL(c.WALDir) {
			return c.WALDir
		}
	}
	return ""
}

func openDemo(ctx context.Context, o Options, story string, found Found) (etcdsource.Source, Found, error) {
	found.EncryptionConfig = o.EncryptionConfig
	src, err := demo.Open(ctx, story, demo.Options{TempDir: o.TempDir, Live: o.Live})
	if err != nil {
		return nil, found, err
	}
	return recall.Over(src, recall.Options{TempDir: o.TempDir}), found, nil
}

// named is a source with a name given by hand.
type named struct {
	etcdsource.Source
	name string
}

// Unwrap returns the source as it was opened.
func (n named) Unwrap() etcdsource.Source { return n.Source }

// Describe says what the source says, under the given name.
func (n named) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := n.Source.Describe(ctx)
	info.Name = n.name
	return info, err
}
