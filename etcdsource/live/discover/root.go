package discover

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxLinks is how many links a path may lead through; Linux follows as many.
const maxLinks = 40

var errLinks = errors.New("too many links")

// resolve returns where a path of a file tree is. Links in it are followed as a chroot into root would: an absolute one
// begins at root, and none leads out of it. What does not exist is where it would be.
func resolve(root, p string) (string, error) {
	at, rest, links := "/", split(p), 0
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		if name == ".." {
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, name)
		target, err := os.Readlink(filepath.Join(root, next))
		if err != nil { // no link, or nothing there
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", errLinks
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(split(target), rest...)
	}
	return filepath.Join(root, at), nil
}

// split returns the names that a path leads through.
func split(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(n string) bool { return n == "" || n == "." })
}

// path returns where a path of the node is found: where its distribution was told to keep it, and below the root also
// where links lead elsewhere; "" where that cannot be determined.
func (f *finder) path(p string) string {
	p = f.kept(p)
	if p == "" || f.root == "/" {
		return p
	}
	at, err := resolve(f.root, p)
	if err != nil {
		return ""
	}
	return at
}

// moves writes the paths of a text, where a distribution keeps its files elsewhere, as they are without that.
func (f *finder) moves(text string) string {
	for _, m := range f.moved {
		text = strings.ReplaceAll(text, m.outside+"/", m.inside+"/")
	}
	return text
}

// exists reports whether there is something at a path of the node. What may not be looked at counts as there.
func (f *finder) exists(p string) bool {
	at := f.path(p)
	if at == "" {
		f.unresolved(p)
		return false
	}
	_, err := os.Stat(at)
	switch {
	case err == nil:
		f.looked.first(at, "there")
	case os.IsPermission(err):
		f.looked.first(at, "no right to look at it")
	default:
		f.looked.first(at, notThere)
	}
	return err == nil || os.IsPermission(err)
}

// empty reports whether a path of the node is a file with nothing in it, as a full disk or a copy that failed leaves it.
func (f *finder) empty(p string) bool {
	at := f.path(p)
	if at == "" {
		return false
	}
	i, err := os.Stat(at)
	return err == nil && i.Mode().IsRegular() && i.Size() == 0
}

// glob returns the paths of the node that match, with numbers in them in the order of their values: pod-9, pod-10.
func (f *finder) glob(pattern string) []string {
	found := []string{"/"}
	for _, name := range split(pattern) {
		var next []string
		for _, dir := range found {
			if !strings.ContainsAny(name, "*?[") {
				next = append(next, filepath.Join(dir, name))
				continue
			}
			entries, err := os.ReadDir(f.path(dir))
			if err != nil {
				continue
			}
			for _, e := range entries {
				if ok, _ := filepath.Match(name, e.Name()); ok {
					next = append(next, filepath.Join(dir, e.Name()))
				}
			}
		}
		found = next
	}
	found = slices.DeleteFunc(found, func(p string) bool { _, err := os.Lstat(f.path(p)); return err != nil })
	slices.SortStableFunc(found, func(a, b string) int { return strings.Compare(widened(a), widened(b)) })
	if len(found) == 0 {
		f.looked.first(f.pathOf(pattern), notThere)
		f.unresolved(pattern)
	}
	if !strings.HasPrefix(pattern, "/proc/") {
		for _, p := range found {
			f.looked.first(f.path(p), "there")
		}
	}
	return found
}

// pathOf is path for a pattern.
func (f *finder) pathOf(pattern string) string {
	if !strings.Contains(pattern, "*") {
		return f.path(pattern)
	}
	folder, rest, _ := strings.Cut(pattern, "*")
	if i := strings.LastIndex(folder, "/"); i >= 0 {
		folder, rest = folder[:i], folder[i:]+"*"+rest
	}
	return f.path(or(folder, "/")) + rest
}

// unresolved notes why a path of the node leads nowhere in its tree: links in a circle.
func (f *finder) unresolved(p string) {
	fixed := p
	if i := strings.IndexAny(p, "*?["); i >= 0 {
		fixed = p[:i]
	}
	if _, err := resolve(f.root, f.kept(fixed)); err != nil && p != "" {
		f.looked.first(filepath.Join(f.root, p), "not followed: "+err.Error())
	}
}

// Socket returns the endpoint unix://path as it is reached through a file tree that is mounted at root; links lead to
// nowhere outside of that. What has no path in a file tree is "".
func Socket(root, endpoint string) string {
	path, ok := strings.CutPrefix(endpoint, "unix://")
	if !ok || !strings.HasPrefix(path, "/") {
		return ""
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return ""
	}
	at, err := resolve(abs, path)
	if err != nil {
		return ""
	}
	return "unix://" + at
}
