package disk

import (
	"os"
	"sync"
)

// Private makes a scratch folder for a few small files that may hold secrets: in memory where the user has a folder there,
// else where temporary files are. what names it, as in etcdscope-what-123. Those that killed processes have left are removed
// first; this one is removed also where a signal ends the process at once, if who handles that calls Dying.
func Private(what string) (*Scratch, error) {
	name := "etcdscope-" + what + "-"
	SweepPrivate(what)
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		if s, err := NewScratch(dir, name); err == nil {
			return s.private(), nil
		}
	}
	s, err := NewScratch(os.TempDir(), name)
	if err != nil {
		return nil, err
	}
	return s.private(), nil
}

// SweepPrivate removes the private folders of this name that processes which do not run any more have left.
func SweepPrivate(what string) {
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), os.TempDir()} {
		if dir != "" {
			SweepScratch(dir, "etcdscope-"+what+"-", 0)
		}
	}
}

// private has the folder removed when the process dies.
func (s *Scratch) private() *Scratch {
	s.forget = AtDeath(func() { _ = os.RemoveAll(s.Path) })
	return s
}

// deaths are what is removed when the process dies.
var deaths struct {
	sync.Mutex
	all map[*func()]bool
}

// AtDeath has Dying call remove, until forget is called.
func AtDeath(remove func()) (forget func()) {
	deaths.Lock()
	defer deaths.Unlock()
	if deaths.all == nil {
		deaths.all = map[*func()]bool{}
	}
	deaths.all[&remove] = true
	return func() {
		deaths.Lock()
		defer deaths.Unlock()
		delete(deaths.all, &remove)
	}
}

// Dying removes what must not outlive the process. It is called right before a signal ends that at once, when no deferred
// function runs any more.
func Dying() {
	deaths.Lock()
	defer deaths.Unlock()
	for remove := range deaths.all {
		(*remove)()
	}
}
