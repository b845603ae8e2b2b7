package health

import (
	"cmp"
	"fmt"
	"slices"
)

// diverged are the members that have applied the same raft entries and yet are at different revisions, grouped by revision, the
// smallest group first; nil where there are none. A member counts only where it was asked twice and nothing moved between: what a
// member says of its revision and of the entries that it has applied is not of one moment.
func (r *Report) diverged() (groups [][]*Row) {
	for i := range r.Rows {
		groups = nil
		for j := range r.Rows {
			row := &r.Rows[j]
			if !row.Settled || row.Status.Leader == 0 || row.Status.Applied != r.Rows[i].Status.Applied || row.Status.Term != r.Rows[i].Status.Term {
				continue
			}
			at := slices.IndexFunc(groups, func(g []*Row) bool { return g[0].Status.Revision == row.Status.Revision })
			if at < 0 {
				at, groups = len(groups), append(groups, nil)
			}
			groups[at] = append(groups[at], row)
		}
		if len(groups) > 1 {
			slices.SortStableFunc(groups, func(a, b []*Row) int { return cmp.Compare(len(a), len(b)) })
			return groups
		}
	}
	return nil
}

// Diverged reports that members that have applied the same raft entries are at different revisions: they do not hold the same.
func (r *Report) Diverged() bool { return r.diverged() != nil }

// revisions says which members are at another revision than others that have applied the same entries, "" for none, and where comparing
// their hashes has said more.
func (r *Report) revisions(in *Input) string {
	groups := r.diverged()
	if groups == nil || in.differs() {
		return ""
	}
	says := ""
	for i, g := range groups {
		switch is := map[bool]string{true: "is", false: "are"}[len(g) == 1]; i {
		case 0:
			says = fmt.Sprintf("%s %s at revision %d", labels(g), is, g[0].Status.Revision)
		default:
			says += fmt.Sprintf(", and %s at %d", labels(g), g[0].Status.Revision)
		}
	}
	return fmt.Sprintf("%s, though they have applied the same raft entries (up to %d): they do not hold the same; etcdscope health --hash names the keys", says, groups[0][0].Status.Applied)
}

// revisions advises on them where their hashes were not compared yet, and no alarm has that advice.
func (a *adviser) revisions() {
	if groups := a.r.diverged(); groups != nil && a.in.Hash == nil && len(a.r.raised("CORRUPT")) == 0 {
		a.add("revisions", "Members do not hold the same: compare what they hold", "What a client reads depends on the member that it asks. Restart, remove and defragment no member before it is known which keys differ, and which member is right."+a.tool(),
			Step{Say: "It reads each member's database once or more, says first what that costs, and asks.", Command: "etcdscope health --hash" + a.access("")})
	}
}
