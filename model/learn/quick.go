package learn

import (
	"bytes"
	"slices"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// quick is roots with few requests: the first root that is surely a cluster's ends it, and so does a usual one that holds objects.
func (s *scan) quick() (roots []string, err error) {
	s.left = quickReads
	for _, r := range kinds.UsualRoots() {
		if sure, err := s.sure(r); err != nil || sure {
			return s.ranked(), err
		}
	}
	err = s.walk(true, "/", "")
	return s.ranked(), err
}

// sure reports whether a folder is the root of a cluster, by the namespace that each one has.
func (s *scan) sure(root string) (bool, error) {
	e, err := s.first(etcdsource.Key([]byte(root+"namespaces/kube-system")), true)
	if err != nil || e == nil || !s.is(root, e) {
		return false, err
	}
	v := s.note(root)
	v.cluster, v.sure = true, true
	return true, nil
}

// look returns the root below which an entry is an object, "" for none; enough says that a quick search ends with it.
func (s *scan) look(e *etcdsource.Entry, folder string, quick bool) (root string, enough bool, err error) {
	if !quick {
		root, err = s.rootOf(e, folder)
		return root, false, err
	}
	if is, err := s.usual(e.Key); is || err != nil {
		return "", is, err
	}
	root, err = s.rootOf(e, folder)
	return root, root != "" && (s.found[root].sure || slices.Contains(kinds.UsualRoots(), root)), err
}

// usual reports whether a key lies below a usual root that has a node: the first keys of a root may be those of custom resources.
func (s *scan) usual(key []byte) (bool, error) {
	for _, r := range kinds.UsualRoots() {
		if !bytes.HasPrefix(key, []byte(r)) || s.found[r] != nil {
			continue
		}
		e, err := s.first(etcdsource.Prefix(r+"minions/"), true)
		if err == nil && e != nil && s.is(r, e) {
			s.note(r).cluster = true
			return true, nil
		}
		return false, err
	}
	return false, nil
}
