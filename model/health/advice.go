package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
)

// Advice is what to do about one thing that is wrong, in order.
type Advice struct {
	About string // clusters, quorum, tls, nospace, quota, corrupt, differs, lost-member, incomplete, never-started, learner, non-member, fragmentation, certificate, clock, version
	Title string // one line: what is wrong
	Why   string // what it means, in a sentence or two
	Steps []Step
}

// Step is one step of an advice.
type Step struct {
	Say     string // what the step does, or what must be done by hand
	Command string // one shell line, "" where there is none to give
	Open    string // a file or folder that the command opens, and that the screen can open itself; "" for none
}

// Commands are the commands of an advice, in order.
func (a *Advice) Commands() (out []string) {
	for _, s := range a.Steps {
		if s.Command != "" {
			out = append(out, s.Command)
		}
	}
	return out
}

// advise makes the advice of a report, the most urgent first.
func advise(r *Report, in *Input) []Advice {
	a := &adviser{r: r, in: in, sides: sides(r, in.Probe.Others)}
	switch {
	case len(a.sides) > 0:
		a.clusters()
	case r.Verdict == NoQuorum && r.displaced() != nil:
		a.displaced(r.displaced())
	case r.Verdict == NoQuorum:
		a.quorumLost()
	case r.foreign():
		a.add("foreign", "Another cluster answers there now", "Where it was restored from a backup, or made again, this is right: what is on the screen is of the one before.",
			Step{Say: "ctrl+r opens what answers there now; so does etcdscope when it is started again."})
	case r.Verdict == Unknowable && r.Unanswered():
		a.oneAddress()
	}
	a.refused()
	a.noSpace()
	a.nearQuota()
	a.rejoin()
	if len(a.sides) == 0 {
		a.corrupt()
		a.differing()
		a.revisions()
		a.lostMembers()
		if !a.expires(expiresNow) {
			a.incomplete()
		}
	}
	a.certificates()
	if len(a.sides) == 0 && a.expires(expiresNow) {
		a.incomplete()
	}
	a.fragmentation()
	a.versions()
	a.clocks()
	return a.out
}

// adviser writes advice.
type adviser struct {
	r   *Report
	in  *Input
	out []Advice
	// sides are the clusters that answer, where there are several: nothing is removed then.
	sides []side
	// without are members that are being replaced: no command for all goes to them.
	without []uint64
}

func (a *adviser) add(about, title, why string, steps ...Step) {
	a.out = append(a.out, Advice{about, title, why, steps})
}

// etcdctl writes an etcdctl command for the members that serve, or for one address.
func (a *adviser) etcdctl(endpoint, command string) string {
	return "etcdctl" + a.access(endpoint) + " " + command
}

// access are the flags of etcdctl and etcdscope that reach the members that serve, or one address, each behind a blank.
func (a *adviser) access(endpoint string) string {
	if endpoint == "" {
		endpoint = strings.Join(a.endpoints(), ",")
	}
	words := []string{""}
	for _, f := range a.in.Probe.Access.Flags(endpoint) {
		name, value, given := strings.Cut(f, "=")
		if given {
			name += "=" + quote(value)
		}
		words = append(words, name)
	}
	return strings.Join(words, " ")
}

// endpoints are the addresses of the members that serve; of those that answer where none does.
func (a *adviser) endpoints() (out []string) {
	for _, ok := range []func(*Row) bool{(*Row).Up, func(r *Row) bool { return r.Answered }, func(r *Row) bool { return r.Endpoint != "" }} {
		for i := range a.r.Rows {
			if row := &a.r.Rows[i]; ok(row) && !row.Learner && !slices.Contains(a.without, row.ID) {
				out = append(out, row.Endpoint)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return out
}

// quote writes a word so that a shell reads it back.
func quote(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/._-:@%+=,[]", r)
	}) < 0
	if plain && !strings.ContainsAny(s, "[]") {
		return s
	}
	return clean.Shell(s)
}

// leaderLast are the members that serve, the leader last.
func (a *adviser) leaderLast() []*Row {
	var out []*Row
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; row.Up() && row.Role != Unknown {
			out = append(out, row)
		}
	}
	slices.SortStableFunc(out, func(x, y *Row) int {
		rank := func(r *Row) int {
			if r.Role == Leader {
				return 1
			}
			return 0
		}
		return cmp.Compare(rank(x), rank(y))
	})
	return out
}

// defragment are the steps that defragment one member after the other.
func (a *adviser) defragment(rows []*Row) (steps []Step) {
	for _, row := range rows {
		say := "Defragment " + row.Label() + ". It answers nothing meanwhile; go on when the command has ended well."
		if row.Role == Leader && len(a.r.Rows) > 1 {
			say = "Defragment the leader, " + row.Label() + ", last."
		}
		if a.r.CanLose == 0 && a.r.Voters > 1 && !row.Learner {
			say += " " + a.interrupts()
		}
		steps = append(steps, Step{Say: say, Command: a.etcdctl(row.Endpoint, "defrag --command-timeout=2m")})
	}
	return steps
}

// interrupts warns that writes stop while a member answers nothing, where none may fail.
func (a *adviser) interrupts() string {
	var down []string
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; !row.Up() && !row.Learner {
			down = append(down, row.Label())
		}
	}
	if len(down) == 0 {
		return "Of two members none may be away: the cluster has no quorum meanwhile, and requests wait."
	}
	return "With " + list(down) + " down the cluster has no quorum meanwhile, and requests wait: start " + list(down) + " first, if that can be."
}

// quota says what the quota of members is, "" where that is not known.
func (a *adviser) quota(ids []uint64) string {
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; row.Status.Quota > 0 && slices.Contains(ids, row.ID) {
			return " (" + text.Bytes(row.Status.Quota) + ")"
		}
	}
	return ""
}

// tool says where etcdctl is, on the distribution.
func (a *adviser) tool() string {
	switch a.in.Site.Distribution {
	case "kubeadm", "rke2":
		return " Where the node has no etcdctl, the container of etcd has: crictl exec -it $(crictl ps -q --name '^etcd$') etcdctl, with the paths of the certificates inside it."
	case "k3s", "k0s":
		return " " + a.in.Site.Distribution + " brings no etcdctl: take the one of the etcd release."
	}
	return ""
}

// refused advises on members that run and cannot be asked because TLS fails, those that fail alike together.
func (a *adviser) refused() {
	said := map[string]bool{}
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if row.Role != Refused || said[row.Fault] {
			continue
		}
		said[row.Fault] = true
		var names []string
		for j := range a.r.Rows {
			if a.r.Rows[j].Role == Refused && a.r.Rows[j].Fault == row.Fault {
				names = append(names, a.r.Rows[j].Label())
			}
		}
		a.add("tls", "TLS fails: "+row.Fault, "So it is with "+list(names)+". Something runs there and takes connections: the flags or the certificates are to be put right; no member is to be started.",
			Step{Say: strings.ToUpper(row.Refusal[:1]) + row.Refusal[1:] + ". Then ask again."})
	}
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func (a *adviser) fragmentation() {
	if a.r.Verdict == NoQuorum || a.r.Verdict == Unknowable || len(a.r.raised("NOSPACE")) > 0 {
		return
	}
	var worst []string
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		part, bytes := row.Free()
		nearly := row.Status.Quota > 0 && float64(row.Status.DBSize) > nearlyFull*float64(row.Status.Quota)
		if row.almostFull() > 0 { // which is advised on already
			return
		}
		if bytes >= leastFragged && (part >= fragmented || nearly && part >= 0.2) {
			worst = append(worst, row.Label()+" "+text.Bytes(bytes)+" of "+text.Bytes(row.Status.DBSize))
		}
	}
	if len(worst) == 0 {
		return
	}
	why := "Free pages are used again, so this is no hurry; the quota counts them."
	if a.r.CanLose == 0 && a.r.Voters > 1 {
		why += " Wait until all members are up: the one that is defragmented answers nothing meanwhile."
	}
	a.add("fragmentation", "Free pages: "+strings.Join(worst, ", "), why+a.tool(), a.defragment(a.leaderLast())...)
}

func (a *adviser) versions() {
	low, high, storage := "", "", ""
	for i := range a.r.Rows {
		s := &a.r.Rows[i].Status
		if s.Version == "" {
			continue
		}
		if low == "" || older(s.Version, low) {
			low = s.Version
		}
		if high == "" || older(high, s.Version) {
			high = s.Version
		}
		if older(storage, s.Storage) {
			storage = s.Storage
		}
		if s.Downgrade != "" {
			a.add("version", "A downgrade to "+s.Downgrade+" is under way", "Replace the members one by one, or cancel it.", Step{Say: "Cancel it.", Command: a.etcdctl("", "downgrade cancel")})
			return
		}
	}
	if low == high {
		return
	}
	a.add("version", "The members run "+low+" to "+high, "That is meant to last only as long as an upgrade. Until every member runs the newer version the cluster works as the older one; once they all do, no member may go back to "+minor(low)+" without etcdctl downgrade, for its data is then stored as "+minor(high)+"'s.",
		Step{Say: "Go on with the upgrade, one member at a time, each healthy before the next.", Command: a.etcdctl("", "endpoint status --write-out=table")})
}

// minor cuts a version to its first two numbers.
func minor(v string) string {
	if i := strings.LastIndexByte(v, '.'); strings.Count(v, ".") >= 2 && i > 0 {
		return v[:i]
	}
	return v
}

// older reports whether a version is older than another; "" is older than any.
func older(a, b string) bool {
	num := func(s string) (n [3]int) {
		_, _ = fmt.Sscanf(s, "%d.%d.%d", &n[0], &n[1], &n[2])
		return n
	}
	x, y := num(a), num(b)
	return slices.Compare(x[:], y[:]) < 0
}

func (a *adviser) clocks() {
	var lo, hi *Row
	for i := range a.r.Rows {
		row := &a.r.Rows[i]
		if row.Clock == nil {
			continue
		}
		if lo == nil || row.Clock.Ahead < lo.Clock.Ahead {
			lo = row
		}
		if hi == nil || row.Clock.Ahead > hi.Clock.Ahead {
			hi = row
		}
	}
	if lo == nil || hi == lo {
		return
	}
	off := hi.Clock.Ahead - lo.Clock.Ahead
	by := off.Round(time.Second).String()
	if off >= 48*time.Hour {
		by = plural(int(off.Hours()/24), "day")
	}
	if off-hi.Clock.Error-lo.Clock.Error < maxClocks {
		return
	}
	a.add("clock", fmt.Sprintf("The clock of %s is %s ahead of %s's", hi.Label(), by, lo.Label()),
		"Leases, certificates and the times in objects go by the nodes' clocks.",
		Step{Say: "On both nodes: is the clock synchronized?", Command: "timedatectl status"})
}
