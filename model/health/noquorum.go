package health

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// survivor is what a cluster can be built from again: a member that answers, a data directory, a backup.
type survivor struct {
	row      *Row             // nil for a copy
	copy     *etcdsource.Copy // nil for a member
	revision int64            // 0: not known
	foreign  bool             // it is another cluster's than the one that answers
}

// says names a survivor and how far it goes.
func (v *survivor) says(now time.Time) string {
	rev := "revision not known"
	if v.revision > 0 {
		rev = fmt.Sprintf("revision %d", v.revision)
	}
	switch {
	case v.row != nil:
		return "member " + v.row.Label() + " (" + rev + ", it answers)"
	case v.copy.DataDir && v.copy.Running:
		return "data directory " + v.copy.Path + " (an etcd has it open: stop that to see its revision" + v.unproven() + ")"
	case v.copy.DataDir:
		return "data directory " + v.copy.Path + " (" + rev + v.unproven() + ")"
	}
	age := ""
	if !v.copy.Time.IsZero() {
		age = ", " + ago(now.Sub(v.copy.Time))
	}
	return "backup " + v.copy.Path + " (" + rev + age + ", " + v.copy.Verdict.String() + v.unproven() + ")"
}

// unproven says of a copy that it may be another cluster's.
func (v *survivor) unproven() string {
	switch {
	case v.foreign:
		return "; it is another cluster's"
	case v.copy == nil || !v.copy.Unproven:
		return ""
	}
	return "; whether it is of this cluster is not known"
}

// ago writes an age in its largest unit.
func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "made in the future"
	case d < 2*time.Hour:
		return plural(int(d.Minutes()), "minute") + " old"
	case d < 48*time.Hour:
		return plural(int(d.Hours()), "hour") + " old"
	}
	return plural(int(d.Hours()/24), "day") + " old"
}

// survivors are all that are known, the newest by revision first: of two that are equal the member, then the data directory.
func (a *adviser) survivors() (out []survivor) {
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; row.Answered && !row.Denied {
			out = append(out, survivor{row: row, revision: row.Status.Revision})
		}
	}
	slices.SortStableFunc(out, func(x, y survivor) int {
		if newer(x.row, y.row) {
			return -1
		}
		return 1
	})
	if a.in.Offline != nil {
		for i := range a.in.Offline.Copies {
			c := &a.in.Offline.Copies[i]
			if c.Problem == "" && (!c.DataDir || !c.Running || len(out) == 0) { // of a member that answers it is the same data
				out = append(out, survivor{copy: c, revision: c.Revision, foreign: c.Cluster != 0 && a.r.Cluster != 0 && c.Cluster != a.r.Cluster})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y survivor) int {
		if a, b := x.unproven() != "", y.unproven() != ""; a != b { // its revisions may be of another cluster
			return map[bool]int{true: 1, false: -1}[a]
		}
		return int(max(min(y.revision-x.revision, 1), -1))
	})
	return out
}

// oneAddress advises where the only address that is known does not answer.
func (a *adviser) oneAddress() {
	if begun := a.begun(); begun != nil {
		a.add("quorum", "The address does not answer: start the member that was restored", "What was to be done before is done.", begun...)
		return
	}
	steps := []Step{{Say: "Ask another member: name its address, or those of all members, with --endpoints."}, a.start()}
	alive := a.survivors()
	steps = append(steps, a.look(alive)...)
	a.add("quorum", "The address does not answer", "It may be that this member alone is down, or that the address is wrong: the others may serve. What follows on \"gone for good\" is only for when every member is, also those that are not known here.", append(steps, a.rebuild(alive)...)...)
}

// quorumLost advises where most voters do not serve.
func (a *adviser) quorumLost() {
	var down []string
	for i := range a.r.Rows {
		if row := &a.r.Rows[i]; !row.Answered && !row.Learner {
			down = append(down, row.Label())
		}
	}
	need := max(a.r.Quorum-a.r.serving(), 1)
	first := a.start()
	if len(down) > 1 {
		first.Say = strings.Replace(first.Say, "On its node", "On each of their nodes", 1)
	}
	steps := []Step{first}
	which := list(down)
	if need < len(down) {
		which = fmt.Sprintf("%d of %s", need, which)
	}
	title := "No quorum: start " + which
	if len(down) == 0 {
		title = "No quorum, though the members answer: they do not reach each other"
		steps = []Step{{Say: "An election takes a second or two. If it lasts: can the members reach each other's addresses?", Command: a.reach()}}
	}
	why := "Members that come back with their data restore the quorum by themselves; nothing is lost. Only when that is impossible is the cluster built again from one member or from a backup, and what the others had acknowledged since is lost."
	if len(down) > 0 && a.r.Answers+len(down) > 1 {
		why += " One that was just started answers nothing before there is a quorum: start the next one. One that is only out of reach from here may serve: ask from its node."
	}
	if joins := a.joining(); len(joins) > 0 {
		title = "No quorum: start " + which + "; one that was added and has never started counts too"
		if len(joins) == len(down) {
			title = "No quorum since a member was added that has never started: start " + list(down)
		}
		var begin []Step
		for _, row := range joins {
			begin = append(begin, a.join(row)...)
		}
		if len(joins) == len(down) {
			steps = begin
		} else {
			steps[0].Say = "Best: start one that ran, with its data. " + steps[0].Say
			begin[0].Say = "Or start the one that was added. " + begin[0].Say
			steps = append(steps, begin...)
		}
	}
	alive := a.survivors()
	if begun := a.begun(); begun != nil && a.r.Answers == 0 {
		dir, _ := a.ownDir()
		a.add("quorum", "No member answers: start the one that was restored", "What was to be done before is done. If it does not start, its log says why; what it was before is kept at "+dir+etcdsource.Aside+".", begun...)
		return
	}
	steps = append(steps, a.look(alive)...)
	if a.in.Probe.Guessed {
		why = "The member list is not known either: none of the addresses answers. " + why
		title = "No member answers"
	}
	a.add("quorum", title, why, append(steps, a.rebuild(alive)...)...)
}

// look opens what can be read at once without a server.
func (a *adviser) look(alive []survivor) []Step {
	for _, v := range alive {
		if v.copy != nil && v.copy.DataDir && !v.foreign {
			return []Step{{Say: "Look at what it held meanwhile: this opens the file, not the server.", Command: "etcdscope " + quote(v.copy.Path), Open: v.copy.Path}}
		}
	}
	return nil
}

// rebuild are the steps where the members are gone for good: which survivor is the newest, how it is saved, and how the
// distribution builds a cluster of it.
func (a *adviser) rebuild(alive []survivor) []Step {
	if len(alive) == 0 || alive[0].revision == 0 {
		return append([]Step{{Say: "Gone for good: on each node, see how far its data directory goes; the newest revision is the one to keep. A backup counts too.",
			Command: "etcdscope snapshot status " + quote(a.there())},
			{Say: "On the node with the newest: save it, with its log replayed.", Command: "etcdscope snapshot save rescue.db --from " + quote(a.there())}}, a.recover(survivor{})...)
	}
	best := alive[0]
	say := "Gone for good: the newest that survives, as far as is seen from here, is " + best.says(a.r.Time)
	for i, v := range alive[1:] {
		say += map[bool]string{true: "; then ", false: ", "}[i == 0] + v.says(a.r.Time)
	}
	say += ". "
	if len(a.r.Rows) > 1 || a.r.Guessed {
		say += "Look on the other nodes too: etcdscope snapshot status " + quote(a.there()) + ". "
	}
	step := Step{}
	switch {
	case best.row != nil:
		step = Step{Say: say + "Save it; this works without a quorum.", Command: a.etcdctl(best.row.Endpoint, "snapshot save rescue.db")}
	case best.copy.DataDir:
		step = Step{Say: say + "Save it, with its log replayed.", Command: "etcdscope snapshot save rescue.db --from " + quote(best.copy.Path)}
	default:
		step = Step{Say: say + "Verify it.", Command: "etcdscope snapshot verify " + quote(best.copy.Path)}
	}
	return append([]Step{step}, a.recover(best)...)
}

// others is the step on the servers of k3s or RKE2 that were not reset.
func (a *adviser) others(unit string) Step {
	return Step{Say: "On the other servers only, never on that one: remove the old data, and start.", Command: "rm -rf " + quote(filepath.Dir(a.there())) + " && systemctl start " + unit}
}

// newer reports whether a member has more of the log than another.
func newer(a, b *Row) bool {
	if a.Status.Term != b.Status.Term {
		return a.Status.Term > b.Status.Term
	}
	return a.Status.Index > b.Status.Index
}

// reach asks whether the addresses of the members are open.
func (a *adviser) reach() string {
	var cmds []string
	for i := range a.r.Rows {
		for _, p := range a.r.Rows[i].PeerURLs {
			if u, err := url.Parse(p); err == nil && u.Hostname() != "" && u.Port() != "" {
				cmds = append(cmds, "nc -zv "+quote(u.Hostname())+" "+quote(u.Port()))
			}
		}
	}
	return strings.Join(slices.Compact(cmds), "; ")
}

// recover are the steps that build a cluster from a survivor: what the distribution has for it.
func (a *adviser) recover(best survivor) []Step {
	file := "rescue.db"
	backup := best.copy != nil && !best.copy.DataDir
	if backup {
		file = best.copy.Path
	}
	switch d := a.in.Site.Distribution; d {
	case "k3s", "rke2":
		unit := map[string]string{"k3s": "k3s", "rke2": "rke2-server"}[d]
		reset := "systemctl stop " + unit + " && " + d + " server --cluster-reset"
		say := "On the node with the newest data: stop it, and make it the only member."
		if backup {
			say, reset = "On one node: stop it, and make it the only member, with what the backup holds. Add --token with the old token on a new host.", reset+" --cluster-reset-restore-path="+quote(file)
		}
		return []Step{{Say: say, Command: reset},
			{Say: "Start it.", Command: "systemctl start " + unit},
			a.others(unit)}
	case "openshift":
		if backup {
			return []Step{{Say: "On one recovery host, with the folder that holds snapshot_… and static_kuberesources_…: OpenShift's own restore.", Command: "/usr/local/bin/cluster-restore.sh " + quote(filepath.Dir(file))}}
		}
		return []Step{{Say: "On the node that is to be kept: OpenShift's own way back.", Command: "/usr/local/bin/quorum-restore.sh"}}
	case "k0s":
		if backup {
			return []Step{{Say: "On one controller, with everything of k0s removed before (k0s reset).", Command: "k0s restore " + quote(file)}}
		}
		return []Step{{Say: "On the controller that is to be kept, from an archive of k0s backup; without one, restore rescue.db as etcdscope's plan says.", Command: "etcdscope snapshot restore rescue.db --distribution k0s"}}
	case "kops":
		return []Step{{Say: "Both etcds, main and events, with etcd-manager-ctl: the plan has the commands for this cluster.", Command: "etcdscope snapshot restore " + quote(file) + " --distribution kops"}}
	case "talos":
		return []Step{{Say: "Once every control-plane node's etcd is in Preparing: on one node only.", Command: "talosctl bootstrap --recover-from=" + quote(file)}}
	}
	return a.restore(best, file)
}
