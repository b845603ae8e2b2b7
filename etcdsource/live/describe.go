package live

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Describe asks the member for its Status, unless that was asked just now, to connect. The retained window is searched in
// the background, a little later: ask again where Compacted is -1.
func (s *Source) Describe(ctx context.Context) (etcdsource.Info, error) {
	info := etcdsource.NewInfo(etcdsource.KindLive)
	info.Name, info.Now = s.cfg.Name, time.Now()
	type answer struct {
		m  *member
		st *pb.StatusResponse
	}
	a, err := ask(ctx, s, "describe", 0, func(ctx context.Context, m *member) (answer, error) {
		if m.statusErr != nil {
			return answer{m, nil}, nil
		}
		st, err := m.status(ctx)
		return answer{m, st}, err
	})
	if err != nil {
		return info, err
	}
	s.fill(&info, a.m, a.st)
	if a.st == nil || a.m.kine() { // kine's Status has no revision
		info.Revision, err = s.now(ctx, s.readableKey(), false)
	}
	info.Compacted = s.retained.get()
	s.searchRetained()
	return info, err
}

// fill adds what a member says of itself; st is nil where this user may not ask.
func (s *Source) fill(info *etcdsource.Info, m *member, st *pb.StatusResponse) {
	if info.Name == "" {
		info.Name = m.ep.host
	}
	info.Target, info.Version, info.Member, info.Access = m.ep.text, m.version, m.name(), s.access()
	switch {
	case m.kine():
		info.Note = "this is kine, not etcd: it keeps its data in an SQL database, and some things cannot be asked"
	case s.grants != nil:
		info.Note = s.Limits()
	case m.statusErr != nil:
		info.Note = "this user may not ask for the server's status"
	}
	if st == nil {
		return
	}
	s.saw(st.GetHeader().GetRevision())
	info.Revision, info.Version = st.GetHeader().GetRevision(), st.GetVersion()
	info.Follower = st.GetLeader() != 0 && st.GetLeader() != m.id
	info.DBSize = st.GetDbSize()
	if m.kine() {
		info.Version, info.Member = "(kine, an SQL database, as "+info.Version+")", ""
	}
	if n := st.GetDbSizeInUse(); n > 0 {
		info.DBInUse = n
	}
	if n := st.GetDbSizeQuota(); n > 0 {
		info.Quota = n
	} else if n == 0 && m.tellsQuota() {
		info.Quota = defaultQuota
	}
	if info.Alarm = alarms(st.GetErrors()); info.Alarm == "" && len(st.GetErrors()) > 0 && info.Note == "" {
		info.Note = "the member reports: " + joinLine(st.GetErrors())
	}
}

// defaultQuota is what etcd takes where no quota is set, in bytes.
const defaultQuota = 2 << 30

// alarmText is how a Status names an alarm, among its errors: memberID:… alarm:NOSPACE.
var alarmText = regexp.MustCompile(`\balarm:\s*([A-Z]+)`)

// alarms returns the names of the alarms in a Status, each once: every member can have raised one.
func alarms(errs []string) string {
	var names []string
	for _, e := range errs {
		if m := alarmText.FindStringSubmatch(e); m != nil && !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return strings.Join(names, " ")
}
