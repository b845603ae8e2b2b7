package view

import (
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/rescue"
)

// The events of a view, which every feature is given.
type (
	// Travelled says that the tree is read again, at another revision or at the same one.
	Travelled struct{}
	// Changed is a batch of changes that was folded in.
	Changed struct{ Batch etcdsource.Batch }
	// FolderRead says that the children of a folder are known.
	FolderRead struct{ Path string }
	// LeaveSearch says that the cursor goes where the list of what was found may not lead.
	LeaveSearch struct{}
	// Attributed says that the writers of more changes are known.
	Attributed struct{}
	// Revealed says that values of Secrets are shown, or are not any more.
	Revealed struct{}
)

// Rescue is the request to bring back objects as YAML.
type Rescue struct {
	From     *learn.Opened
	Rev      int64    // the revision they are read at, 0 for the newest
	Of       string   // what that is called, safe text; without the revision
	Keys     []Mark   // with Rev 0: as of the revision above
	Prefixes []string // all that is in them
	Name     string   // for the file
	Rules    rescue.Rules
}
