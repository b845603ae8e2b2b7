package etcdsource

import "strings"

// CheckAddress refuses the address of a server that carries a user or a password: addresses are shown, logged and seen
// by everyone on the machine. The error, a *Problem, does not repeat the address. from says where it was given, "" where
// that is not known.
func CheckAddress(address, from string) error {
	rest := address
	scheme, after, ok := strings.Cut(address, "://")
	if ok {
		rest = after
	}
	if strings.HasPrefix(strings.ToLower(scheme), "unix") {
		rest, _, _ = strings.Cut(strings.TrimPrefix(rest, "unix:"), "/") // a path may hold what it likes
	}
	if !strings.Contains(rest, "@") && !strings.Contains(rest, "%40") {
		return nil
	}
	if from != "" {
		from = " of " + from
	}
	return &Problem{Tried: "open etcd", Why: "an endpoint" + from + " carries a user or a password, and endpoints are shown and logged",
		Do: "give host:port, the user with --user NAME, and the password in ETCDCTL_PASSWORD"}
}
