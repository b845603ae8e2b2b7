// Package discover finds the etcd of the node that it runs on: address, CA, client certificate.
//
//	running processes ─┐
//	manifests ─────────┼─► where etcd is, and which pairs of files ─► looked at ─► candidates, best first
//	known paths ───────┘
//
// What always holds:
//   - Nothing is dialled, nothing is written, no key is copied; files are opened only to be looked at.
//   - What cannot be used is listed too, with the file at fault and why.
//   - The order is: usable before unusable, then processes, manifests, known paths, and within one of these the order
//     in which the distribution itself would use the certificates.
//   - With a root, every path of a Candidate lies below it, so that it can be opened as it is.
//
// Distributions are data (see distros); a process or a manifest only says what the paths cannot.
package discover
