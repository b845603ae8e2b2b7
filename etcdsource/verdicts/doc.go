// Package verdicts keeps what verifications of backups have found, so that it need not be found again.
//
//	verify, save ─► Keep ─► ~/.local/state/etcdscope/verdicts/3f9c….json   a file a backup, mode 0600
//	list, screen ─► Of    ─┐
//	health ───────► Newest ┴─ only while path, size and time of change are as they were, and so is the trailer
//
// What always holds:
//   - A verdict is about a file as it was: once its size or its time of change differs, there is none.
//   - A file of the folder appears complete or not at all, so that several processes can write and read at once.
//   - What cannot be read there is no verdict, and no error. The folder holds at most Most files of at most 32 KiB.
package verdicts
