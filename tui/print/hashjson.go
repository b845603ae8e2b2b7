package print

import (
	"fmt"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/hashcheck"
)

// hashState is a part of the cluster's line, and all of it where files are compared.
type hashState struct {
	Hash  hashcheck.Verdict `json:"hash"`
	Check *hashLine         `json:"hashCheck,omitempty"` // absent where it was not asked for
}

// hashLine is the result of a comparison as JSON.
type hashLine struct {
	Verdict   hashcheck.Verdict `json:"verdict"`
	Why       string            `json:"why,omitempty"`
	Revision  int64             `json:"revision,omitempty"`
	Compacted *int64            `json:"compactRevision,omitempty"`
	From      int64             `json:"differsFrom,omitempty"`
	Older     bool              `json:"orBefore,omitempty"`  // it differs there already, and nothing older can be compared
	Compared  bool              `json:"keysEqual,omitempty"` // all keys were compared in the place of hashes, and none differs
	Scans     int               `json:"scans"`
	Copies    []hashCopy        `json:"copies"`
	Keys      []hashKey         `json:"keys,omitempty"`
	More      int               `json:"moreKeys,omitempty"`
	Earlier   []hashEarlier     `json:"earlier,omitempty"` // files of before the compaction, compared key by key
}

// hashEarlier is what comparing the keys of a file with a later copy found.
type hashEarlier struct {
	Copy     string        `json:"copy"`
	Revision int64         `json:"revision"` // at which it ends
	With     string        `json:"with"`
	At       int64         `json:"comparedAt"`
	Same     int           `json:"same"`
	Written  int           `json:"writtenSince"`
	Created  int           `json:"createdSince"`
	Deleted  int           `json:"deletedSince"`
	Keys     []hashAgainst `json:"contradictions"`
	More     int           `json:"moreContradictions,omitempty"`
	Why      string        `json:"why,omitempty"` // why not all keys were compared
}

// hashAgainst is a key of which two copies say different things about the same time.
type hashAgainst struct {
	key
	Differs []string   `json:"differs"`
	Copy    *hashValue `json:"copy,omitempty"` // absent where it has no such key
	With    *hashValue `json:"with,omitempty"`
}

// hashCopy is a copy: a member, or a file.
type hashCopy struct {
	Name     string  `json:"name"`
	Endpoint string  `json:"endpoint,omitempty"`
	Path     string  `json:"path,omitempty"`
	ID       string  `json:"id,omitempty"`
	Hash     *uint32 `json:"hash,omitempty"`
	Right    *bool   `json:"right,omitempty"` // absent where no log says it
	Error    string  `json:"error,omitempty"`
}

// hashKey is a key that differs.
type hashKey struct {
	key
	Revision int64         `json:"revision"`
	At       int64         `json:"comparedAt"`
	Differs  []string      `json:"differs"`
	Versions []hashVersion `json:"versions"`
}

type hashVersion struct {
	Copies  []string `json:"copies"`
	Present bool     `json:"present"`
	*hashValue
	Right *bool `json:"right,omitempty"`
}

type hashValue struct {
	Create  int64 `json:"createRevision"`
	Mod     int64 `json:"modRevision"`
	Version int64 `json:"version"`
	Lease   int64 `json:"lease"`
	Bytes   int64 `json:"bytes"`
}

func rightness(r hashcheck.Rightness) *bool {
	if r == hashcheck.NotKnown {
		return nil
	}
	yes := r == hashcheck.Right
	return &yes
}

func hashOf(r *hashcheck.Result) *hashLine {
	l := &hashLine{Verdict: r.Verdict, Why: clean.Text(r.Why), Revision: r.Revision, From: r.First, Older: r.Older, Compared: r.Compared, Scans: r.Scans, More: r.More, Copies: []hashCopy{}}
	if r.Revision > 0 {
		l.Compacted = &r.Compacted
	}
	for _, s := range r.Sides {
		c := hashCopy{Name: clean.Key([]byte(s.State.Name)), Error: clean.Text(s.Fault), Right: rightness(s.Right)}
		if c.Endpoint = clean.Key([]byte(s.State.Address)); !s.State.Member {
			c.Endpoint, c.Path = "", c.Endpoint
		}
		if s.State.ID != 0 {
			c.ID = fmt.Sprintf("%016x", s.State.ID)
		}
		if s.Group >= 0 {
			c.Hash = &s.Hash.Hash
		}
		l.Copies = append(l.Copies, c)
	}
	for i := range r.Earlier {
		l.Earlier = append(l.Earlier, hashEarlierJSON(&r.Earlier[i]))
	}
	for i := range r.Keys {
		d := &r.Keys[i]
		k := hashKey{key: keyOf(d.Key), Revision: d.Revision, At: d.At, Differs: d.In}
		for _, h := range d.Held(r) {
			k.Versions = append(k.Versions, hashVersionJSON(&h))
		}
		l.Keys = append(l.Keys, k)
	}
	return l
}

func hashEarlierJSON(e *hashcheck.Earlier) hashEarlier {
	out := hashEarlier{Copy: clean.Key([]byte(e.Side.State.Name)), Revision: e.Side.State.Revision, With: clean.Key([]byte(e.With.State.Name)), At: e.At,
		Same: e.Same, Written: e.Written, Created: e.Created, Deleted: e.Deleted, Keys: []hashAgainst{}, More: e.More, Why: clean.Text(e.Why)}
	for i := range e.Keys {
		k := &e.Keys[i]
		out.Keys = append(out.Keys, hashAgainst{keyOf(k.Key), k.In, hashValueJSON(&k.File), hashValueJSON(&k.Other)})
	}
	return out
}

func hashValueJSON(v *hashcheck.Version) *hashValue {
	if !v.Present {
		return nil
	}
	return &hashValue{v.Create, v.Mod, v.Version, v.Lease, v.Bytes}
}

func hashVersionJSON(h *hashcheck.Held) hashVersion {
	v := &h.Version
	out := hashVersion{Present: v.Present, Right: rightness(v.Right), Copies: []string{}}
	for _, s := range h.Sides {
		out.Copies = append(out.Copies, clean.Key([]byte(s.State.Name)))
	}
	out.hashValue = hashValueJSON(v)
	return out
}
