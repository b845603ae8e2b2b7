package live

import (
	"net"
	"net/url"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

// reachable gives the members of a list addresses for clients that lead to them: one at 0.0.0.0 or [::] leads each machine to itself, and
// gets the host of the member's own address for peers, where that has one.
func reachable(list []*pb.Member) []*pb.Member {
	for _, m := range list {
		host := ""
		for _, p := range m.GetPeerURLs() {
			if u, err := url.Parse(p); err == nil && u.Hostname() != "" && !unspecified(u.Hostname()) {
				host = u.Hostname()
				break
			}
		}
		for i, c := range m.GetClientURLs() {
			if u, err := url.Parse(c); err == nil && host != "" && unspecified(u.Hostname()) && u.Port() != "" {
				u.Host = net.JoinHostPort(host, u.Port())
				m.ClientURLs[i] = u.String()
			}
		}
	}
	return list
}

func unspecified(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsUnspecified()
}
