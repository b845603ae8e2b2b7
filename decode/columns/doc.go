// Package columns fills the columns of kubectl's tables from decoded objects.
//
//	kinds.Resource ─► Of ─► NAME │ READY  STATUS   RESTARTS      AGE
//	decoded object ────────►     │ 1/1    Running  3 (5m ago)    2d   ◄── Cell.At(now)
//
// Kubernetes' own types have the columns that the API server's printers have; custom resources have those that their
// definition asks for, evaluated by kubectl's own JSONPath (k8s.io/client-go/util/jsonpath): the first value that it finds.
// Columns that a user has chosen show all values, as kubectl's custom columns do.
//
// What always holds:
//   - A cell is made from one object alone, and from what the given View of it lets through: masked values stay so.
//   - A cell never fails: what is missing or of another type leaves it empty, or says so as kubectl does. What could not be
//     decoded is "<unknown>", never 0.
//   - What a cell returns is stored text: it goes through package clean before it is drawn.
package columns

import (
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
)

// Age is kubectl's short form of the time from created to now; "<unknown>" where created is zero.
func Age(created, now time.Time) string {
	if created.IsZero() {
		return "<unknown>"
	}
	return span(max(now.Sub(created), 0))
}

// Role is the colour of a word in a table.
func Role(word string) text.Role {
	switch word {
	case "Running", "Ready", "Active", "Bound", "Available", "Complete", "Completed", "True":
		return text.OK
	case "Pending", "Terminating", "ContainerCreating", "Unknown", "Released", "Warning":
		return text.Warning
	case "Failed", "Error", "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "OOMKilled", "NotReady", "Lost", "Evicted":
		return text.Error
	}
	return text.Plain
}
