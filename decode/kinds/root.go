package kinds

import "strings"

// DefaultRoot is where the API server keeps its keys unless it was told otherwise.
const DefaultRoot = "/registry/"

// marks are folders of which every Kubernetes root has at least one.
var marks = []string{"namespaces/", "minions/", "masterleases/"}

// Roots finds the Kubernetes roots of a store, in key order: folders that hold namespaces, nodes or the leases of API
// servers. They lie below "/", because an API server puts a slash before the prefix that it is given. children returns the folders below a prefix, as whole prefixes that
// end in a slash; its errors are passed on. There is no root in an empty or a foreign store.
func Roots(children func(prefix string) ([]string, error)) ([]string, error) {
	top, err := children("")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range top {
		below, err := children(p)
		if err != nil {
			return out, err
		}
		if isRoot(p, below) {
			out = append(out, p)
			continue
		}
		if p != "/" {
			continue
		}
		for _, q := range below {
			deeper, err := children(q)
			if err != nil {
				return out, err
			}
			if isRoot(q, deeper) {
				out = append(out, q)
			}
		}
	}
	return out, nil
}

// Root returns the root that a command works on when none is given: the default one where it is among those found,
// else the first, else the default.
func Root(roots []string) string {
	for _, r := range roots {
		if r == DefaultRoot {
			return r
		}
	}
	if len(roots) > 0 {
		return roots[0]
	}
	return DefaultRoot
}

// CleanRoot returns a root given by hand (--prefix) as keys spell it: with one slash at each end.
func CleanRoot(s string) string {
	s = strings.Trim(s, "/")
	if s == "" {
		return "/"
	}
	return "/" + s + "/"
}

func isRoot(p string, below []string) bool {
	for _, b := range below {
		for _, m := range marks {
			if b == p+m {
				return true
			}
		}
	}
	return false
}
