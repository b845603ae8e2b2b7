package space

import (
	"bytes"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// amountOf is what one record takes.
func amountOf(r *etcdsource.Record) (a Amount) {
	size := int64(len(r.Value))
	a.Stored = r.Stored
	if r.Live {
		a.LiveStored = r.Stored
	}
	switch {
	case r.Deleted:
		a.Deletions = 1
	case r.Live:
		a.Keys, a.Live, a.Versions = 1, size, 1
	default:
		a.Old, a.Versions = size, 1
	}
	return a
}

// classes sort keys: those of one resource in one namespace are one class.
type classes struct {
	o       *Options
	ids     map[cell]int32
	cells   []cell
	whole   []string // of each class: the row by field that its objects are as a whole, "" for none
	helm    []bool   // of each class: releases of Helm may be among its objects
	folder  []byte   // of the last key: what comes before its last slash
	last    int32
	folders map[string]int32 // likewise, of all, as many as there is room for
}

func newClasses(o *Options) *classes {
	return &classes{o: o, ids: map[cell]int32{}, folders: map[string]int32{}, last: -1}
}

// maxClasses bounds the classes, and the folders that are remembered: what comes after that is one class.
const maxClasses = 100_000

// of returns the class of a key, -1 for what is not surveyed.
func (c *classes) of(key []byte) int32 {
	if c.o.Prefix != "" && !bytes.HasPrefix(key, []byte(c.o.Prefix)) || !c.o.within(key) {
		return -1
	}
	n := bytes.LastIndexByte(key, '/') + 1
	if n == len(key) { // no object has such a key
		return c.class(key)
	}
	if n > 0 && bytes.Equal(key[:n], c.folder) {
		return c.last
	}
	class, known := c.folders[string(key[:n])]
	if !known {
		if class = c.class(key); len(c.folders) < maxClasses {
			c.folders[string(key[:n])] = class
		}
	}
	c.folder, c.last = append(c.folder[:0], key[:n]...), class
	return class
}

// class finds the class of a key.
func (c *classes) class(key []byte) int32 {
	id := cell{resource: elsewhere(c.o.Known.Root, key)}
	if ref, ok := c.o.Known.Kinds.Locate(c.o.Known.Root, key); ok {
		id = cell{strings.Clone(ref.FullName()), strings.Clone(ref.Namespace)}
	}
	if class, ok := c.ids[id]; ok {
		return class
	}
	if len(c.cells) >= maxClasses {
		id = cell{resource: OtherKeys}
		if class, ok := c.ids[id]; ok {
			return class
		}
	}
	class := int32(len(c.cells))
	c.ids[id] = class
	c.cells, c.whole = append(c.cells, id), append(c.whole, fieldOf(id.resource))
	c.helm = append(c.helm, id.resource == "secrets" || id.resource == "configmaps")
	return class
}

// classSets are the classes that each worker of a measuring has found: the classes of a key are numbered in turn.
type classSets [etcdsource.MeasureWorkers]*classes

func newClassSets(o *Options) *classSets {
	s := &classSets{}
	for i := range s {
		s[i] = newClasses(o)
	}
	return s
}

// of returns the number of the class of a key, -1 for what is not surveyed.
func (s *classSets) of(worker int, key []byte) int32 {
	class := s[worker].of(key)
	if class < 0 {
		return class
	}
	return class*int32(len(s)) + int32(worker)
}

// at returns where the class of a number is.
func (s *classSets) at(class int) (*classes, int) { return s[class%len(s)], class / len(s) }

// room is how many numbers there are at most.
func (s *classSets) room() (n int) {
	for _, c := range s {
		n = max(n, len(c.cells)*len(s))
	}
	return n
}

// counting counts records. One goroutine uses it.
type counting struct {
	o       *Options
	classes *classSets // not written while records are counted
	sizer   *decode.Sizer
	from    int64
	sums    []Amount // by class
	fields  map[string]*Amount
	seen    map[string]bool // the fields of the record that is being counted
}

func newCounting(o *Options, c *classSets) *counting {
	return &counting{o: o, classes: c, sizer: o.Known.Decoder.Sizer(), from: max(o.Known.Info.Compacted, 1), fields: map[string]*Amount{}, seen: map[string]bool{}}
}

// add counts a record. It adds only what a record of its kind has: this is done for each one of a store.
func (c *counting) add(r *etcdsource.Record) {
	for int(r.Class) >= len(c.sums) {
		c.sums = append(c.sums, make([]Amount, max(c.classes.room()-len(c.sums), 1))...)
	}
	sum, size := &c.sums[r.Class], int64(len(r.Value))
	var managed, applied, base, writes, written int64
	if r.Live {
		managed, applied = c.sizer.Metadata(r.Key, r.Value)
		sum.Keys, sum.Live, sum.LiveStored = sum.Keys+1, sum.Live+size, sum.LiveStored+r.Stored
		sum.Managed, sum.Applied = sum.Managed+managed, sum.Applied+applied
	} else if !r.Deleted {
		sum.Old += size
	}
	if r.Deleted {
		sum.Deletions++
	} else {
		sum.Versions++
	}
	if r.Base {
		base = size
	}
	if r.Mod > c.from {
		writes, written = 1, size
	}
	sum.Stored, sum.Base, sum.Writes, sum.Written = sum.Stored+r.Stored, sum.Base+base, sum.Writes+writes, sum.Written+written
	if c.o.Fields && !r.Deleted {
		n := amountOf(r)
		n.Managed, n.Applied, n.Base, n.Writes, n.Written = managed, applied, base, writes, written
		c.byField(r, &n)
	}
}

// elsewhere names what holds no resource by its folder: the one below the root, "masterleases/", or the first of the key,
// "/calico/".
func elsewhere(root string, key []byte) string {
	rest, below := strings.CutPrefix(string(key), root)
	lead := ""
	if !below {
		if rest, below = strings.CutPrefix(rest, "/"); below {
			lead = "/"
		}
	}
	folder, _, ok := strings.Cut(rest, "/")
	if !ok || folder == "" {
		return OtherKeys
	}
	return lead + folder + "/"
}

// Rows by field that stand for whole objects.
const (
	FieldEvents = "Events"
	FieldHelm   = "Helm releases"
)

// helmRelease is what the name of a Secret or ConfigMap begins with that holds a release of Helm.
var helmRelease = []byte("/sh.helm.release.v1.")

// byField counts the fields of a record.
func (c *counting) byField(r *etcdsource.Record, n *Amount) {
	classes, i := c.classes.at(int(r.Class))
	whole := classes.whole[i]
	if classes.helm[i] && bytes.Contains(r.Key, helmRelease) {
		whole = FieldHelm
	}
	if whole != "" {
		c.field(whole).add(n)
		return
	}
	clear(c.seen)
	c.sizer.Fields(r.Key, r.Value, func(name string, size int64) {
		if size == 0 {
			return
		}
		a, first := c.field(name), !c.seen[name]
		c.seen[name] = true
		var part Amount
		if r.Live {
			part.Live = size
		} else {
			part.Old = size
		}
		if first {
			part.Keys, part.Versions = n.Keys, n.Versions
		}
		if r.Base {
			part.Base = size
		}
		if n.Writes > 0 {
			part.Written = size
			if first {
				part.Writes = 1
			}
		}
		switch name {
		case decode.SizeManagedFields:
			part.Managed = part.Live
		case decode.SizeLastApplied:
			part.Applied = part.Live
		}
		a.add(&part)
	})
}

func (c *counting) field(name string) *Amount {
	a := c.fields[name]
	if a == nil {
		a = &Amount{}
		c.fields[name] = a
	}
	return a
}
