package rules

import "github.com/etcdscope/etcdscope/etcdsource"

// Rule concludes from the evidence who made a change.
type Rule struct {
	// Name says what the rule recognises; it is unique.
	Name string
	// Before are the rules of the same list that must come after this one.
	Before []Before
	// Judge returns what the rule concludes; ok is false where it has nothing to say.
	Judge func(c *Case) (f Finding, ok bool)
}

// Before names a rule that must come later, and says why: both may have something to say of the same change.
type Before struct{ Rule, Why string }

// List is an ordered list of rules: the first that has something to say decides.
type List struct {
	Name  string // which changes the list is for
	Rules []*Rule
}

func (l *List) judge(c *Case) (Finding, bool) {
	for _, r := range l.Rules {
		if f, ok := r.Judge(c); ok {
			return f, true
		}
	}
	return Finding{}, false
}

var anyChange = List{"any change", []*Rule{
	&apiServerKey, &etcdLeaseExpired, // no API object, or no request
	&severalObjectsInRevision, &objectUnderWrongKey, &resourceVersionStored, &deletedDespiteFinalizer, &unusualStoredForm,
	&creationTimestampOff, // no API server
	&foreignKey,
}}

var created = List{"an object was created", []*Rule{
	&createdByReporter, &createdByManagers, &createdWithoutManagedFields,
}}

var updated = List{"an object was updated, and the version before is known", []*Rule{
	&entryMoved, &podBoundByScheduler, &severalEntriesMoved, &podGraceEndedByKubelet, &deletionMarkedByClient, &entryGainedField,
	&nodeKeptByController, &dependentOrphaned, &entryOfSameSecond, &podDisrupted, &finalizerRemovedByController,
	&scaledBySubresource, &certificateIssuedBySigner, &valueChangedWithoutEntry, &statusOfOneWriter, &onlyOwnershipChanged,
	&updateUnexplained,
}}

var deleted = List{"an object was deleted", []*Rule{
	&podDeletedByKubelet, &lastFinalizerRemoved, &deletedForReason, &deletedWithService, &sliceDeletedByController,
	&deletionUnexplained,
}}

var withoutPredecessor = List{"the version before is not known", []*Rule{
	&secondVersion, &heldWhileMarked, &heldBound, &heldCounted, &heldIssued, &heldRestored, &heldOutside, &heldStatusLast, &heldNewestEntry,
}}

var deletionReasons = List{"why an object is deleted", []*Rule{
	&deletionReported, &podDisruptedBefore, &ownersGone, &namespaceTerminating, &moreThanWanted, &jobOutlivedTTL,
}}

// listOf returns the list that a change belongs to, beside that for any change.
func listOf(c *Case) *List {
	switch {
	case c.Type == etcdsource.Deleted:
		return &deleted
	case c.Type == etcdsource.Created, c.Created() && c.Cur != nil: // also kept from before a compaction, and never written again
		return &created
	case c.Prev == nil || c.Cur == nil || !c.Prev.IsKubernetes() || !c.Cur.IsKubernetes():
		return &withoutPredecessor
	}
	return &updated
}

// Judge returns who made a change, by the first rule that has something to say.
func Judge(c *Case) Finding {
	for _, l := range []*List{&anyChange, listOf(c)} {
		if f, ok := l.judge(c); ok {
			if f.Controller == "" && c.isControllerManager(f.Writer) {
				f.Controller = controllerOf(c, f.Writer)
			}
			doubtName(c, &f)
			c.nameComponent(&f)
			return f
		}
	}
	return Finding{Evidence: nothingStored}
}
