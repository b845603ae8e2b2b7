// Package near gathers what is needed to attribute the changes of a few keys, out of a source that holds much more, and finds the
// objects that belong to one.
//
//	keys ─► their versions ─► owners, what else these own, Events, namespaces, leader's leases ─┐
//	                     └──► what was written just before and after each of them ──────────────┴─► changes, in order
//
// What always holds:
//   - The changes are the source's own, each one once and in the order of their revisions; those of the keys are all there.
//   - Whole is true only where all owners were found or looked for: then one that is not among the changes is gone.
//   - Where the keys were written so often that little would be left out, nothing is gathered: the whole is read then.
//   - Nothing but the named folders and revisions is read, and only versions of the keys are decoded.
package near
