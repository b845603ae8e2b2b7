// Package space is the feature that lists the namespaces by what they hold, the biggest first.
//
//	g s ─► fillSpaces (a job) ─► spaceMsg, ten times a second ─► the table ─► enter: only that namespace
package space
