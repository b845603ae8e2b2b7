package attribution

// Where the version before is not known, the newest version alone has to tell: who moved an entry last. A write that
// left no entry may have come after that.

// aloneMarked is for objects that wait to be deleted: the mark, or what came after it, left no entry.
func aloneMarked(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.deletion.IsZero() {
		return finding{}, false
	}
	if c.cur.Kind == "Pod" && c.cur.grace == 0 && c.Version > 2 {
		if f, _ := c.finished(c.cur, "the pod's grace period is 0"); f.grade == Certain {
			f.grade = Likely
			return f, true
		}
	}
	return unknown("it is marked for deletion, and the version before is not known")
}

// aloneBound is for pods that nobody wrote since they were bound.
func aloneBound(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind != "Pod" || c.Version != 2 || c.cur.Text("spec", "nodeName") == "" || len(c.cur.entries) != 1 {
		return finding{}, false
	}
	f, ok := c.binding("the second version of a pod, which is on a node (binding)")
	f.grade = min(f.grade, Likely)
	return f, ok
}

// aloneCounted is for finished pods of Jobs: the job-controller takes its finalizer off once it has counted them, and
// that leaves no entry.
func aloneCounted(c *ctx) (finding, bool) {
	if c.cur == nil || c.cur.Kind != "Pod" || c.cur.owner().kind != "Job" || c.cur.hasFinalizer("batch.kubernetes.io/job-tracking") {
		return finding{}, false
	}
	switch c.cur.Text("status", "phase") {
	case "Succeeded", "Failed":
		return by(Guess, controlMgr, "job-controller", "a finished pod of Job %s without its finalizer, which the job-controller takes off last", c.cur.owner().name)
	}
	return finding{}, false
}

// aloneNewest is for everything else.
func aloneNewest(c *ctx) (finding, bool) {
	if c.cur == nil || !c.cur.IsKubernetes() {
		return unknown("the version before is not known")
	}
	top := newest(c.cur.entries)
	if top == nil {
		return unknown("the version before is not known, and no managedFields entry has a time")
	}
	var same []*entry
	for i := range c.cur.entries {
		if e := &c.cur.entries[i]; e.Time.Equal(top.Time) {
			same = append(same, e)
		}
	}
	if !sameManager(same) {
		return unknown("the version before is not known, and several managers have the newest time")
	}
	grade := Guess
	if len(c.cur.entries) == 1 {
		grade = Likely
	}
	return by(grade, top.Manager, "", "newest managedFields entry: %s; the version before is gone", top)
}
