// Package requests finds the request in an API server's audit log that made a change.
//
//	change ─► Log.Add ─► what it did (Effect), and when: between requests whose answers carry a revision
//	changes that come ─► Log.Place ─► the requests that alone fit; what they bound; the clock's stamps
//	finding of the rules, change ─► Log.Ask ─► finding with the person, the program; the request
//	                                 │
//	             the answer's resourceVersion, else object, time and effect
//
// A log at level RequestResponse holds the revision of each answer, which identifies the change. At other levels a request
// is identified by its object, by the time in which it was served and by what such a request can do.
//
// What always holds:
//   - What managedFields say for certain is never overruled by a request that only fits in time.
//   - A request makes one change, except a deletion, which may mark, shorten the grace period and delete.
//   - Where several requests fit, and nothing separates them, nobody is named for certain.
//   - Memory is bounded: the newest changes and anchors are kept.
package requests
