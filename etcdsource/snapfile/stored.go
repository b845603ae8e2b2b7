package snapfile

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.Storer = (*Source)(nil)

// Stored reads the buckets that say which cluster wrote the database.
func (s *Source) Stored(ctx context.Context) (out etcdsource.Stored, err error) {
	err = s.mapping.read(func(data []byte) error {
		t, list, err := openTree(data)
		if err != nil {
			return err
		}
		for name, add := range map[string]func(k, v []byte) error{
			"cluster": func(k, v []byte) error {
				if string(k) == "clusterVersion" {
					out.ClusterVersion = string(v)
				}
				return nil
			},
			"members": func(_, v []byte) error { return addMember(&out, v) },
			"alarm":   func(k, _ []byte) error { addAlarm(&out, k); return nil },
			"auth": func(k, v []byte) error {
				out.Auth = out.Auth || string(k) == "authEnabled" && len(v) > 0 && v[0] != 0
				return nil
			},
		} {
			b, ok := find(list, name)
			if !ok {
				continue
			}
			if err := t.each(b, add); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	slices.SortFunc(out.Members, func(a, b etcdsource.StoredMember) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	slices.Sort(out.Alarms)
	return out, err
}

// addMember adds a member; a record that is none is passed over.
func addMember(out *etcdsource.Stored, record []byte) error {
	var m struct {
		ID         uint64   `json:"id"`
		Name       string   `json:"name"`
		PeerURLs   []string `json:"peerURLs"`
		ClientURLs []string `json:"clientURLs"`
		IsLearner  bool     `json:"isLearner"`
	}
	if json.Unmarshal(record, &m) == nil {
		out.Members = append(out.Members, etcdsource.StoredMember{ID: m.ID, Name: m.Name, PeerURLs: m.PeerURLs, ClientURLs: m.ClientURLs, Learner: m.IsLearner})
	}
	return nil
}

func addAlarm(out *etcdsource.Stored, record []byte) {
	var a etcdserverpb.AlarmMember
	if proto.Unmarshal(record, &a) == nil && a.Alarm != etcdserverpb.AlarmType_NONE && !slices.Contains(out.Alarms, a.Alarm.String()) {
		out.Alarms = append(out.Alarms, a.Alarm.String())
	}
}
