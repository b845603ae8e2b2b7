package snapfile

import (
	"context"
	"fmt"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var _ etcdsource.Checker = (*Source)(nil)

// Checks says what was checked of the file: the checksum, all pages, all revisions, the bucket meta, and of a member's
// database the write-ahead log beside it, and the delta snapshots that were added. It waits for a checksum that is still being compared; when the context ends first,
// that is not finished. The file should be opened with NoVerify, otherwise what is damaged does not open, and with Wait,
// otherwise the checksum of a large file in which something is damaged is not compared.
func (s *Source) Checks(ctx context.Context) ([]etcdsource.Check, error) {
	defer context.AfterFunc(ctx, s.stop)()
	s.background.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.db.partial {
		sum := s.added.Check
		sum.Name, sum.Proves = "checksum", "each delta snapshot is as it was when it was saved"
		if sum.State == etcdsource.Passed {
			sum.Detail = join("sha256 matches", sum.Detail)
		}
		return []etcdsource.Check{sum, s.revisionsCheck()}, nil
	}
	list := []etcdsource.Check{s.checksum(), s.pagesCheck(), s.revisionsCheck(), s.metaCheck()}
	if s.added.Check.Name != "" {
		list = append(list, s.added.Check)
	}
	if s.db.inMember {
		list = append(list, s.walCheck())
	}
	return list, nil
}

func (s *Source) checksum() etcdsource.Check {
	c := etcdsource.Check{Name: "checksum", Proves: "the file is as it was when it was saved"}
	s.mu.Lock()
	v := s.verdict
	s.mu.Unlock()
	switch {
	case s.wrong != "":
		c.State, c.Detail = etcdsource.Failed, s.wrong
	case !hasTrailer(s.size):
		c.Detail = "the file carries none, as a database that was copied"
	case v.State == etcdsource.Passed || v.State == etcdsource.Failed && s.db.broken != "":
		c.State, c.Detail = etcdsource.Passed, "sha256 matches"
	default:
		c.State, c.Detail = v.State, v.Text
	}
	return c
}

func (s *Source) pagesCheck() etcdsource.Check {
	c := etcdsource.Check{Name: "pages", Proves: "every page of the database is in its place, in order and used once", State: etcdsource.Passed}
	c.Detail = fmt.Sprintf("%d bytes", s.db.bytes)
	if s.db.broken != "" && !s.db.badRevisions {
		c.State, c.Detail = etcdsource.Failed, s.db.broken
	}
	return c
}

func (s *Source) revisionsCheck() etcdsource.Check {
	c := etcdsource.Check{Name: "revisions", Proves: "every revision that is held can be read, and they are in order", State: etcdsource.Passed}
	switch {
	case s.db.badRevisions:
		c.State, c.Detail = etcdsource.Failed, s.db.broken
	case s.db.broken != "":
		c.State, c.Detail = etcdsource.Unchecked, "not all pages can be read"
	default:
		c.Detail = fmt.Sprintf("%d records up to revision %d", s.idx.Records(), s.db.head)
	}
	return c
}

func (s *Source) metaCheck() etcdsource.Check {
	c := etcdsource.Check{Name: "meta", Proves: "what etcd reads before it serves is as it stores it: members, leases, alarms, users, what was compacted, how far the log was applied", State: etcdsource.Passed}
	switch {
	case s.db.compacted < 0:
		c.State, c.Detail = etcdsource.Unchecked, "the bucket cannot be read"
	case s.db.badMeta != "":
		c.State, c.Detail = etcdsource.Failed, s.db.badMeta
	case s.db.applied == 0:
		c.State, c.Detail = etcdsource.Unchecked, "it holds no consistent_index"
	default:
		c.Detail = fmt.Sprintf("compacted at revision %d, consistent_index %d", s.db.compacted, s.db.applied)
	}
	return c
}

func (s *Source) walCheck() etcdsource.Check {
	c := etcdsource.Check{Name: "wal", Proves: "the WAL can be read to its end, and what is committed in it is shown", State: etcdsource.Passed}
	switch b := s.lag; {
	case b.AtLeast || b.Entries > 0:
		c.State, c.Detail = etcdsource.Failed, b.Text
	case b.Entries < 0:
		c.State, c.Detail = etcdsource.Unchecked, b.Text
	default:
		c.Detail = join(fmt.Sprintf("%d entries replayed", b.Replayed), b.Text)
	}
	return c
}
