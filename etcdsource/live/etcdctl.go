package live

import (
	"bytes"
	"strconv"
	"strings"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// etcdctlLine returns the etcdctl command that asks what a request asks.
func etcdctlLine(call string, req any) string {
	switch r := req.(type) {
	case *pb.RangeRequest:
		line := "etcdctl get" + spanFlags(r.GetKey(), r.GetRangeEnd())
		for _, f := range []struct {
			on   bool
			text string
		}{
			{r.GetKeysOnly(), " --keys-only"}, {r.GetCountOnly(), " --count-only --write-out=fields"},
			{r.GetLimit() > 0, " --limit=" + strconv.FormatInt(r.GetLimit(), 10)},
			{r.GetRevision() > 0, " --rev=" + strconv.FormatInt(r.GetRevision(), 10)},
			{r.GetSerializable(), " --consistency=s"}, {call == "RangeStream", " --stream"},
		} {
			if f.on {
				line += f.text
			}
		}
		return line
	case *pb.WatchCreateRequest:
		line := "etcdctl watch" + spanFlags(r.GetKey(), r.GetRangeEnd())
		if r.GetStartRevision() > 0 {
			line += " --rev=" + strconv.FormatInt(r.GetStartRevision(), 10)
		}
		return line
	}
	if r, ok := req.(*pb.HashKVRequest); ok {
		return "etcdctl endpoint hashkv --rev=" + strconv.FormatInt(r.GetRevision(), 10)
	}
	switch call {
	case "Status":
		return "etcdctl endpoint status"
	case "Snapshot":
		return "etcdctl snapshot save FILE"
	case "Authenticate":
		return "etcdctl --user NAME:PASSWORD …"
	case "MemberList":
		return "etcdctl member list"
	}
	return ""
}

func spanFlags(key, end []byte) string {
	all := len(end) == 1 && end[0] == 0
	switch {
	case len(end) == 0:
		return " " + shellWord(key)
	case all && (len(key) == 0 || len(key) == 1 && key[0] == 0):
		return " '' --prefix"
	case all:
		return " --from-key " + shellWord(key)
	case bytes.Equal(end, prefixEnd(key)):
		return " --prefix " + shellWord(key)
	}
	return " " + shellWord(key) + " " + shellWord(end)
}

// shellWord writes a key so that a shell reads it back.
func shellWord(k []byte) string {
	s := string(k)
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("/._-:@%+=,", r)
	}) < 0 {
		return s
	}
	return clean.Shell(s)
}
