package health

// Meanwhile returns the report as it is to be read until the members have answered again, where the stream of changes has lost the
// quorum since they were asked, or has it back; the report itself where it says the same.
func (r *Report) Meanwhile(noQuorum bool) *Report {
	if noQuorum == (r.Verdict == NoQuorum) {
		return r
	}
	x := *r
	x.IfLost, x.Advice, x.CanLose = nil, nil, 0
	x.Verdict, x.Sentence = Degraded, "the member that is read has a leader again; the members are being asked"
	if noQuorum {
		if x.Slow != nil && x.Slow.Cause == "none" {
			x.Slow = nil
		}
		x.Verdict, x.Sentence = NoQuorum, "the member that is read has no leader: no writes, and reads only with --serializable; the members are being asked"
	}
	return &x
}
