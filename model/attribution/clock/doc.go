// Package clock dates revisions. etcd stores no times, but what Kubernetes stores is full of them.
//
//	leases, names of Events   nanoseconds, by the clock of who wrote them    ─┐
//	managedFields, creation   whole seconds, by the API server's clock       ─┼─► At(revision) ─► Time, From, Lo, Hi
//	retained older versions   their own newest second                        ─┘
//
// The API server's clock is the one that dates are given in: each fine stamp is compared with the whole second in the same
// version, and what a writer's clock is ahead or behind is measured (Offsets) and taken off.
//
// What always holds:
//   - Later revisions have later or equal times, and Lo <= Time <= Hi.
//   - A stamp that does not fit between the leases around it, or the longest run of stamps that goes forward, is left
//     out: a planted or restored object bends nothing.
//   - A fine stamp that does not lie in its own version's second is used as that second only.
//   - It is a pure function of what was added; stamps may come in any order.
package clock
