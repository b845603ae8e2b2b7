package print

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A screen can be asked for again by a command line: the flags that say what is open are kept as they were given.

// origin is which source a command line names: the flags that were given, each as one argument.
type origin struct {
	place []string // which source: of no use for another one
	more  []string // how it is read
}

// placing and reading are the flags that are kept; those in paths are made absolute, so that the folder does not matter.
const (
	placing = "endpoints cacert cert key user insecure-skip-tls-verify serializable name from demo prefix root etcd wal-dir"
	reading = "encryption-config kms audit-log no-verify max-unpack read-rate dial-timeout command-timeout"
	paths   = "cacert cert key from encryption-config audit-log root wal-dir"
)

// originOf reads the flags of a command line. A password is none of them.
func originOf(cmd *cobra.Command) (g origin) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		var to *[]string
		switch {
		case contains(placing, f.Name):
			to = &g.place
		case contains(reading, f.Name):
			to = &g.more
		default:
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			switch {
			case f.Name == "user":
				v, _, _ = strings.Cut(v, ":")
			case contains(paths, f.Name):
				v = absolute(v)
			}
			if f.Value.Type() == "bool" && v == "true" {
				*to = append(*to, "--"+f.Name)
				continue
			}
			*to = append(*to, "--"+f.Name+"="+v)
		}
	})
	return g
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// source returns the flags that open what is open: what the command line named where path is "", else what is at a path, or
// the cluster of that name in the settings; etcd is one of several of the node.
func (g origin) source(path, etcd string) []string {
	out := slices.Clone(g.place)
	switch {
	case path == "":
	case exists(path):
		out = []string{"--from=" + absolute(path)}
	default:
		out = []string{"--name=" + path}
	}
	if etcd != "" {
		out = append(slices.DeleteFunc(out, func(s string) bool { return strings.HasPrefix(s, "--etcd=") }), "--etcd="+etcd)
	}
	return append(out, g.more...)
}
