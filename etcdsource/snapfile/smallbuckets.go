package snapfile

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/coreos/go-semver/semver"
	"go.etcd.io/etcd/api/v3/authpb"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/lease/leasepb"
	"google.golang.org/protobuf/proto"
)

// Beside the keys a database holds what etcd, and etcdutl when it restores, reads before it serves: they end at once where
// they cannot read it.

// entryCheck says what is wrong with an entry of a small bucket, nil for nothing.
type entryCheck func(k, v []byte) error

// entryChecks are those of etcd's server/storage/schema, by bucket.
var entryChecks = map[string]entryCheck{
	"meta":            soundMeta,
	"members":         soundMember,
	"members_removed": func(k, _ []byte) error { return memberID(k) },
	"cluster":         soundCluster,
	"lease":           func(_, v []byte) error { return proto.Unmarshal(v, &leasepb.Lease{}) },
	"alarm":           func(k, _ []byte) error { return proto.Unmarshal(k, &etcdserverpb.AlarmMember{}) },
	"authUsers":       func(_, v []byte) error { return proto.Unmarshal(v, &authpb.User{}) },
	"authRoles":       func(_, v []byte) error { return proto.Unmarshal(v, &authpb.Role{}) },
}

// smallBuckets notes the first entry that cannot be read. The error is a *damage.
func (s *Source) smallBuckets(t *tree, list []bucket) error {
	t = newTree(t.data, t.meta) // the others read some of these buckets too, and each page is visited once
	for _, b := range list {
		check := entryChecks[b.name]
		if check == nil {
			continue
		}
		err := t.each(b, func(k, v []byte) error {
			if err := check(k, v); err != nil && s.db.badMeta == "" {
				s.db.badMeta = fmt.Sprintf("the entry %q of the bucket %s cannot be read, so etcd does not start with it: %v", shortKey(k), b.name, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func shortKey(k []byte) []byte { return k[:min(len(k), 64)] }

func soundMeta(k, v []byte) error {
	if string(k) != "confState" {
		return nil // the others: see about
	}
	return json.Unmarshal(v, &struct {
		Voters   []uint64 `json:"voters"`
		Learners []uint64 `json:"learners"`
	}{})
}

func memberID(k []byte) error {
	_, err := strconv.ParseUint(string(k), 16, 64)
	if err != nil {
		return fmt.Errorf("it is no member's ID")
	}
	return nil
}

func soundMember(k, v []byte) error {
	if err := memberID(k); err != nil {
		return err
	}
	return json.Unmarshal(v, &struct {
		ID         uint64   `json:"id"`
		PeerURLs   []string `json:"peerURLs"`
		IsLearner  bool     `json:"isLearner"`
		Name       string   `json:"name"`
		ClientURLs []string `json:"clientURLs"`
	}{})
}

func soundCluster(k, v []byte) error {
	switch string(k) {
	case "clusterVersion":
		_, err := semver.NewVersion(string(v))
		return err
	case "downgrade":
		var d struct {
			Target  string `json:"target-version"`
			Enabled bool   `json:"enabled"`
		}
		err := json.Unmarshal(v, &d)
		if err == nil && d.Enabled {
			_, err = semver.NewVersion(d.Target)
		}
		return err
	}
	return nil
}
