// Package words has the times, counts and sentences that the screen shows people.
//
// One word means one thing: on the screen, in the help, in JSON, in the code and in the README.
//
//	source        what is opened: a running etcd, a snapshot file, a member's data directory, the demo
//	view          one source on the screen: its panes, its cursor, what is being read of it
//	tab           the place of a view among those that are open
//	pane          a rectangle of the screen; a screen is a pane that takes all of it
//	feature       one task of the user with its state, actions, messages and esc: search, compare, report
//	revision      etcd's number of a transaction; a key has a create and a mod revision, and a version count
//	write         one change of one key; a step is a write, or a refused request, of a story
//	at, as of     the revision that the screen shows; now is the newest one
//	compaction    etcd's removal of old revisions; retained is what it has left
//	recall        reading a running store's whole past from a snapshot
//	lease         etcd's time to live of keys
//	desired, observed, generation, observedGeneration, finalizer, owner     as Kubernetes uses them
//	converged     the observed state is the desired one, and the newest generation was observed
//	writer        who made a write: a user, a controller, a kubelet; an attribution has a confidence and its evidence
//	comparison    what differs between two states: of one key (diff) or of all keys (differences)
//	marked        chosen with space, for a comparison or a rescue
//	scope         the one namespace that keys, changes and searches are limited to
//	family        an object, its owners, and what they own
//	rescue        YAML of what is deleted or changed, for kubectl apply
package words
