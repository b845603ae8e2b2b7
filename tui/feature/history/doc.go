// Package history shows when an object has changed, as backups know it.
//
//	snapshots pane ─ h ─► the backups of the folder or bucket ─► rows: bracketed between two backups, or exact ─► ↵ its value then
package history
