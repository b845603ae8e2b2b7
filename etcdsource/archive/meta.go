package archive

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// maxMeta is the most that is read of a file with metadata, in bytes.
const maxMeta = 1 << 20

// kopsMeta is _etcd_backup.meta, which etcd-manager writes behind the data. Its fields are written in camel case by some
// versions and with underscores by others, and 64-bit integers as text.
type kopsMeta struct {
	Version   string
	Timestamp time.Time
}

func readKops(dir string) (m kopsMeta, ok bool) {
	var doc struct {
		Version   string  `json:"etcdVersion"`
		Version_  string  `json:"etcd_version"`
		Timestamp seconds `json:"timestamp"`
		Spec      struct {
			Version  string `json:"etcdVersion"`
			Version_ string `json:"etcd_version"`
		} `json:"clusterSpec"`
	}
	if !readJSON(filepath.Join(dir, kopsMetaFile), &doc) {
		return m, false
	}
	for _, v := range []string{doc.Version, doc.Version_, doc.Spec.Version, doc.Spec.Version_} {
		if m.Version == "" {
			m.Version = v
		}
	}
	m.Timestamp = time.Time(doc.Timestamp)
	return m, true
}

// seconds is a Unix time, as a number or in quotes, or a time in RFC 3339; zero for anything else.
type seconds time.Time

// UnmarshalJSON never fails: a time that cannot be read is none.
func (s *seconds) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		if n > 1e16 { // nanoseconds
			n /= 1e9
		}
		*s = seconds(time.Unix(n, 0).UTC())
	} else if t, err := time.Parse(time.RFC3339, text); err == nil {
		*s = seconds(t.UTC())
	}
	return nil
}

// k3sMeta is what lies in .metadata for a snapshot of k3s or RKE2: the data of the ConfigMap
// PROGRAM-etcd-snapshot-extra-metadata, or the record of the snapshot.
type k3sMeta struct {
	Node    string
	Created time.Time
}

// readK3s reads the metadata of a snapshot file, which lies in the folder .metadata beside the folder of the snapshots,
// under the same name.
func readK3s(file string) (m k3sMeta, ok bool) {
	var doc struct {
		Node    string  `json:"nodeName"`
		Created seconds `json:"createdAt"`
	}
	dir, base := filepath.Split(absolute(file))
	for _, at := range []string{filepath.Join(dir, "..", k3sMetaFolder, base), filepath.Join(dir, k3sMetaFolder, base)} {
		if readJSON(at, &doc) {
			return k3sMeta{Node: doc.Node, Created: time.Time(doc.Created)}, true
		}
	}
	return m, false
}

func readJSON(path string, into any) bool {
	b, err := regular.Read(path, maxMeta)
	return err == nil && json.Unmarshal(b, into) == nil
}
