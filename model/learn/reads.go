package learn

import (
	"bytes"
	"fmt"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// had is what a live store has answered a search.
type had struct {
	pages   map[string]*etcdsource.Page // by what was asked
	counted int64                       // keys that the server counted for it
	most    int64                       // of one answer
}

// enough reports whether the server has counted as many keys as it may.
func (h *had) enough() bool { return h.counted >= max(liveKeys, 2*h.most) }

func (h *had) add(ask string, p *etcdsource.Page) {
	if h.pages == nil {
		h.pages = map[string]*etcdsource.Page{}
	}
	h.pages[ask] = p
	h.counted, h.most = h.counted+p.Counted, max(h.most, p.Counted)
}

// first reads the first entry of a span, nil where there is none, the user may not read it, or no more may be asked.
func (s *scan) first(span etcdsource.Span, values bool) (*etcdsource.Entry, error) {
	span.Limit, span.Values = 1, values
	page, err := s.page(span)
	if err != nil || len(page.Entries) == 0 {
		return nil, err
	}
	return &page.Entries[0], nil
}

// page reads the beginning of a span: nothing where the user may not read it, or no more may be asked.
func (s *scan) page(span etcdsource.Span) (*etcdsource.Page, error) {
	ask := fmt.Sprintf("%q %q %d %t %d", span.From, span.To, span.Limit, span.Values, s.at.Revision)
	if p := s.had.pages[ask]; p != nil {
		return p, nil
	}
	if s.left <= 0 || s.live && !span.Single() && s.had.enough() {
		return &etcdsource.Page{}, nil
	}
	s.left--
	page, err := s.src.Range(s.ctx, span, s.at)
	if err != nil {
		return &etcdsource.Page{}, etcdsource.Seen(err)
	}
	if s.live {
		s.had.add(ask, &page)
	}
	return &page, nil
}

// ahead is first, and of a live store reads some keys more: the folder's next ones need no read then.
func (s *scan) ahead(span etcdsource.Span) (*etcdsource.Entry, error) {
	if !s.live {
		return s.first(span, false)
	}
	if p := s.last; p != nil && bytes.Equal(span.To, s.to) {
		for i := range p.Entries {
			if bytes.Compare(p.Entries[i].Key, span.From) >= 0 && bytes.Compare(s.from, span.From) <= 0 {
				return &p.Entries[i], nil
			}
		}
	}
	span.Limit = liveAhead
	p, err := s.page(span)
	if err != nil || len(p.Entries) == 0 {
		return nil, err
	}
	s.last, s.from, s.to = p, span.From, span.To
	return &p.Entries[0], nil
}
