// Package columns fills the columns of kubectl's tables from decoded objects.
//
//	kinds.Resource ─► Of ─► NAME │ READY  STATUS   RESTARTS  NODE │ AGE
//	decoded object ────────►     │ 1/1    Running  0         n1   │ Age
//
// Kubernetes' own types have the columns that kubectl prints for them; custom resources have those that their
// definition asks for, evaluated by kubectl's own JSONPath (k8s.io/client-go/util/jsonpath): the first value that it finds.
// Columns that a user has chosen show all values, as kubectl's custom columns do.
//
// What always holds:
//   - A cell is made from one object alone, and from what the given View of it lets through: masked values stay so.
//   - A cell never fails: what is missing or of another type leaves it empty, or says so as kubectl does.
//   - What a cell returns is stored text: it goes through package clean before it is drawn.
package columns

import (
	"fmt"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
)

// Age is kubectl's short form of the time from created to now; "<unknown>" where created is zero.
func Age(created, now time.Time) string {
	if created.IsZero() {
		return "<unknown>"
	}
	d := max(now.Sub(created), 0)
	s := int(d.Seconds())
	m, h, days := s/60, s/3600, s/86400
	switch {
	case s < 120:
		return fmt.Sprintf("%ds", s)
	case m < 10 && s%60 != 0:
		return fmt.Sprintf("%dm%ds", m, s%60)
	case m < 180:
		return fmt.Sprintf("%dm", m)
	case h < 8 && m%60 != 0:
		return fmt.Sprintf("%dh%dm", h, m%60)
	case h < 48:
		return fmt.Sprintf("%dh", h)
	case days < 8 && h%24 != 0:
		return fmt.Sprintf("%dd%dh", days, h%24)
	case days < 730:
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dy%dd", days/365, days%365)
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
