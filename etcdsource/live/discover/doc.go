// Package discover finds the etcd of the node that it runs on: address, CA, client certificate, and what belongs to it:
// prefix, encryption configuration, data and WAL directory, audit log.
//
//	running processes ─┐
//	manifests ─────────┼─► hints: where etcd is, and which files ─► looked at ─► candidates, best first
//	settings, units ───┤                                                   └──► places: all that was looked at
//	known paths ───────┘
//
// What always holds:
//   - Nothing is dialled, nothing is written, no key is copied; files are opened only to be looked at.
//   - What cannot be used is listed too, with the file at fault and why.
//   - The order is: usable before unusable, the cluster's own etcd before those of single resources, then processes,
//     manifests, settings, known paths, and within one of these the order in which the distribution itself would use the
//     certificates.
//   - With a root, every path of a Candidate lies below it, so that it can be opened as it is.
//   - A file is read up to regular.MaxConfig bytes, a file of /proc up to maxProc; of variables only ETCD_* are kept.
//
// Distributions are data (see distros); a process, a manifest or a setting only says what the paths cannot.
package discover
