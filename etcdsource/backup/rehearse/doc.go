// Package rehearse restores a snapshot for real: into a scratch folder to prove that it restores, or into a data directory.
//
//	snapshot ─┬─► Run:  scratch folder ─► 1 or 3 members, a process each ─► every key compared with the file ─► removed
//	          └─► Make: one process    ─► DATA-DIR, where nothing was
//
// What always holds:
//   - Members listen on unix sockets in the scratch folder (mode 0700) and nowhere else: what is restored holds every
//     Secret, and asks for no credentials.
//   - etcd runs in processes of its own, started from this program's file: a fatal error of etcd ends such a process, not
//     this one. They end when this process does, however it ends.
//   - The scratch folder is removed when Run returns. One that a killed run has left is removed by the next run: nobody
//     holds the lock in it.
//   - Nothing is written where something is: a data directory that exists is refused.
//   - A rehearsal does not sync the disk and uses at most half of the cores: a live etcd may be on the same machine.
//
// Whoever uses this package must call Child in main.
package rehearse
