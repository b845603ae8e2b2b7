package print

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/dating"
)

// moment is a revision as a user gives it: a number, a time, or how long ago. The zero moment is none.
type moment struct {
	rev  int64
	when attribution.Moment
	text string
}

// timed reports whether the moment is not given as a revision.
func (m moment) timed() bool { return m.rev == 0 && m.text != "" }

// readMoment reads a revision, a duration, a time of RFC 3339 or a time of day.
func readMoment(flag, s string) (m moment, err error) {
	m.text = s
	if s == "" {
		return m, nil
	}
	if isNumber(s) {
		m.rev, err = strconv.ParseInt(s, 10, 64)
		return m, err
	}
	if when, ok := attribution.ReadMoment(s); ok {
		m.when = when
		return m, nil
	}
	return m, noRevision(flag, s)
}

// readPast reads the same, and refuses 0: it is read as a duration, and is no position that stays.
func readPast(flag, s string) (moment, error) {
	if s != "" && strings.Trim(s, "0") == "" {
		return moment{}, noRevision(flag, s)
	}
	return readMoment(flag, s)
}

func noRevision(flag, s string) error {
	return usage("read %s %q: it is no revision; give a number above 0, a duration (10m) or a time (2006-01-02T15:04:05Z)", flag, s)
}

// frame is the clock by which times are made revisions, read once.
func (s *store) frame(ctx context.Context) (*clock.Clock, error) {
	if s.clock == nil {
		c, err := attribution.Frame(ctx, s.Source, s.Decoder, s.Root, s.live())
		if err != nil {
			return nil, err
		}
		s.clock = c
	}
	return s.clock, nil
}

// at returns the newest revision that had been made at a moment, 0 for none given.
func (s *store) at(ctx context.Context, flag string, m moment) (int64, error) {
	if !m.timed() {
		return m.rev, nil
	}
	info, err := s.Source.Describe(ctx)
	if err != nil {
		return 0, err
	}
	f := dating.Finder{Opened: s.Opened, Spare: s.live(), First: max(info.Compacted, 1), Head: info.Revision}
	rev, when, err := f.Find(ctx, m.when)
	switch gone := (*etcdsource.CompactedError)(nil); {
	case errors.As(err, &gone) && gone.Compacted > 0:
		return 0, &codeError{exitCompacted, fmt.Sprintf("read %s %s: what was written until %s was compacted; the oldest revision that can be read is %d", flag, m.text, when.UTC().Format(time.RFC3339), gone.Compacted)}
	case errors.Is(err, dating.ErrUndated):
		return 0, undated(flag, m)
	case errors.Is(err, dating.ErrBeforeAll):
		return 0, no("read %s %s: %v", flag, m.text, err)
	}
	return rev, err
}

func undated(flag string, m moment) error {
	return usage("read %s %s: %v, as etcdscope log prints them", flag, m.text, dating.ErrUndated)
}

// time returns a moment that is not a revision as a time.
func (s *store) time(ctx context.Context, flag string, m moment) (time.Time, *clock.Clock, error) {
	c, err := s.frame(ctx)
	if err != nil {
		return time.Time{}, nil, err
	}
	info, err := s.Source.Describe(ctx)
	if err != nil {
		return time.Time{}, nil, err
	}
	t, ok := m.when.When(c, info.Revision)
	if !ok || !c.Known() {
		return t, nil, undated(flag, m)
	}
	return t, c, nil
}
