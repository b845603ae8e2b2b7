package health

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// dirOfNew is printed in the place of a data directory that has to be chosen by hand.
const dirOfNew = "DATA-DIR"

// ofProcess matches a path that leads through the file tree of a process, and ends with it.
var ofProcess = regexp.MustCompile(`^/(?:.*/)?proc/(\d+)/root(/.*)`)

// inside returns the path as the process sees it through whose file tree it leads, and that process; another path as it is.
func inside(path string) (own, pid string) {
	if m := ofProcess.FindStringSubmatch(path); m != nil {
		return m[2], m[1]
	}
	return path, ""
}

// there is the data directory of another node that is set up as this one.
func (a *adviser) there() string {
	dir, _ := inside(dataDir(&a.in.Site))
	if n := a.in.Site.Node; n != nil && n.Data.There && n.Data.Dir != "" && strings.HasSuffix(dir, n.Data.Dir) { // dir is below another root
		return n.Data.Dir
	}
	return dir
}

// dirFor is the data directory for a member that joins, and what to say of it. On a host on which another member may run it is a
// placeholder: that member's directory is never named.
func (a *adviser) dirFor(row *Row) (dir, say string) {
	if !a.besideOther(row) {
		return a.there(), ""
	}
	var others []string
	for i := range a.r.Rows {
		if r := &a.r.Rows[i]; !same(r, row) && r.Role != NeverStarted && (share(r, row) || r == a.own()) {
			others = append(others, r.Label())
		}
	}
	if len(others) == 0 {
		return dirOfNew, " " + dirOfNew + " is a directory of its own, not the one of a member that runs."
	}
	return dirOfNew, " " + dirOfNew + " is a directory of its own, not the one of " + strings.Join(others, " or ") + "."
}

// besideOther reports whether a member that joins may come to a host on which another member runs: to this one, to that of another
// member, or to one that is not known.
func (a *adviser) besideOther(row *Row) bool {
	at := hostnames(row)
	if len(at) == 0 || slices.ContainsFunc(at, loopback) {
		return true
	}
	for i := range a.r.Rows {
		if r := &a.r.Rows[i]; !same(r, row) && share(r, row) {
			return true
		}
	}
	if slices.Contains(at, "ADDRESS") { // of a node to be named, on which a distribution has only one member
		return !joins(a.in.Site.Distribution)
	}
	n := a.in.Site.Node
	return n != nil && slices.ContainsFunc(n.Addresses, func(h string) bool { return slices.Contains(at, h) }) && !a.idle()
}

// idle reports whether the data directory that is known on this node exists, and no etcd has it open.
func (a *adviser) idle() bool {
	n := a.in.Site.Node
	return n != nil && n.Data.There && !n.Data.Running && n.Data.Dir != "" && strings.HasSuffix(dataDir(&a.in.Site), n.Data.Dir)
}

// same reports whether two rows are of one member.
func same(x, y *Row) bool {
	return x.ID == y.ID && x.ID != 0 || x.ID == 0 && slices.Equal(x.PeerURLs, y.PeerURLs)
}

// share reports whether two members have addresses of one host.
func share(x, y *Row) bool {
	at := hostnames(y)
	return slices.ContainsFunc(hostnames(x), func(h string) bool {
		return slices.Contains(at, h) || loopback(h) && slices.ContainsFunc(at, loopback)
	})
}

// hostnames are the hosts of a member's addresses, loopback too.
func hostnames(m *Row) (out []string) {
	for _, text := range slices.Concat(m.PeerURLs, m.ClientURLs) {
		if u, err := url.Parse(text); err == nil && u.Hostname() != "" {
			out = append(out, u.Hostname())
		}
	}
	return out
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}
