package discover

import (
	"strings"
)

// Place is something that was looked at: a file, a folder, a process.
type Place struct {
	Path   string `json:"place"`
	Result string `json:"result"` // what was found there
}

// maxPlaces bounds the places that are kept.
const maxPlaces = 4096

// notThere is the result for what does not exist.
const notThere = "not there"

// places are what was looked at, each once, with what was found there last.
type places struct {
	all  []Place
	nths map[string]int
}

// add notes what was found at a path; "" as a path is none.
func (l *places) add(path, result string) {
	if path == "" {
		return
	}
	if i, ok := l.nths[path]; ok {
		l.all[i].Result = result
		return
	}
	if len(l.all) == maxPlaces {
		return
	}
	if l.nths == nil {
		l.nths = map[string]int{}
	}
	l.nths[path] = len(l.all)
	l.all = append(l.all, Place{path, result})
}

// first is add for a path of which nothing is known yet.
func (l *places) first(path, result string) {
	if _, ok := l.nths[path]; !ok {
		l.add(path, result)
	}
}

// certificate notes the file of a certificate or key, and returns the fault. A fault names the file that has it.
func (l *places) certificate(path, fault string) string {
	switch at, ok := strings.CutPrefix(fault, path+": "); {
	case fault == "":
		l.add(path, "read")
	case !ok:
		l.first(path, "there")
	case at == "there is no such file":
		l.add(path, notThere)
	default:
		l.add(path, at)
	}
	return fault
}
