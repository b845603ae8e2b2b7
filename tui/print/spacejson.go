package print

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/model/space"
)

// spaceLine is a row as JSON. What is not known is left out.
type spaceLine struct {
	By         string   `json:"by"`
	ByBase64   []byte   `json:"byBase64,omitempty"`
	Controller string   `json:"controller,omitempty"`
	Keys       int64    `json:"keys"`
	Live       *int64   `json:"liveBytes,omitempty"`
	Margin     *int64   `json:"liveBytesMargin,omitempty"`
	History    *int64   `json:"historyBytes,omitempty"`
	Revisions  *int64   `json:"revisions,omitempty"`
	Deletions  *int64   `json:"deletions,omitempty"`
	Stored     *int64   `json:"storedBytes,omitempty"`
	Managed    *int64   `json:"managedFieldsBytes,omitempty"`
	Applied    *int64   `json:"lastAppliedBytes,omitempty"`
	Growth     *int64   `json:"growthBytes,omitempty"`
	Writes     *int64   `json:"writes,omitempty"`
	Written    *int64   `json:"writtenBytes,omitempty"`
	PerHour    *float64 `json:"writesPerHour,omitempty"`
	BytesHour  *float64 `json:"writtenBytesPerHour,omitempty"`
	Mostly     string   `json:"mostly,omitempty"`
}

func whole(n int64) *int64 { return &n }

// line is a row as JSON.
func (v *surveyor) line(r *space.Row) spaceLine {
	by := space.By(v.by)
	l := spaceLine{Keys: r.Keys, Controller: clean.Key([]byte(r.Controller)), Mostly: clean.Key([]byte(r.Mostly))}
	k := keyOf([]byte(r.Name))
	if l.By, l.ByBase64 = k.Key, k.Base64; by == space.ByKey && !v.flags.reveal && v.key(r.Name) != clean.Key([]byte(r.Name)) {
		l.By, l.ByBase64 = v.key(r.Name), nil
	}
	if !v.seen.Exact {
		if v.seen.Read.Values > 0 && !v.seen.Unknown(r) {
			l.Live, l.Margin = whole(r.Live), whole(r.Margin)
			if by != space.ByField {
				l.Managed, l.Applied = whole(r.Managed), whole(r.Applied)
			}
		}
		return l
	}
	l.Live, l.History, l.Revisions = whole(r.Live), whole(r.Old), whole(r.Versions)
	if by != space.ByField {
		l.Deletions, l.Stored = whole(r.Deletions), whole(r.Stored)
	}
	if by == space.ByKey {
		return l
	}
	l.Managed, l.Applied, l.Writes, l.Written = whole(r.Managed), whole(r.Applied), whole(r.Writes), whole(r.Written)
	l.Growth = whole(r.Growth())
	if v.span() > 0 {
		writes, bytes := v.perHour(r.Writes), v.perHour(r.Written)
		l.PerHour, l.BytesHour = &writes, &bytes
	}
	return l
}

// spaceTotal is the last line: the database as a whole, and all that was counted of it.
type spaceTotal struct {
	Size       *int64 `json:"size,omitempty"`
	InUse      *int64 `json:"inUse,omitempty"`
	Free       *int64 `json:"free,omitempty"`
	Exact      bool   `json:"exact"`
	Keys       int64  `json:"keys"`
	Live       *int64 `json:"liveBytes,omitempty"`
	Margin     *int64 `json:"liveBytesMargin,omitempty"`
	Sampled    *int   `json:"sampledValues,omitempty"`
	Unsized    *int64 `json:"unsampledKeys,omitempty"`
	History    *int64 `json:"historyBytes,omitempty"`
	Revisions  *int64 `json:"revisions,omitempty"`
	Deletions  *int64 `json:"deletions,omitempty"`
	Stored     *int64 `json:"storedBytes,omitempty"`
	Overhead   *int64 `json:"overheadBytes,omitempty"` // in use, and no record
	Compaction *int64 `json:"compactionRemovesBytes,omitempty"`
	Defrag     *int64 `json:"sizeDefragmented,omitempty"`
	Both       *int64 `json:"sizeCompactedAndDefragmented,omitempty"`
	From       int64  `json:"from,omitempty"`
	To         int64  `json:"to,omitempty"`
	FromTime   string `json:"fromTime,omitempty"`
	ToTime     string `json:"toTime,omitempty"`
	Most       []busy `json:"mostRevisions,omitempty"`
}

// busy is a key with many versions.
type busy struct {
	key
	Revisions int64 `json:"revisions"`
	Bytes     int64 `json:"bytes"`
}

// last is the last line.
func (v *surveyor) last() spaceTotal {
	st, t := &v.seen.Storage, &v.seen.Total
	at := func(n int64) *int64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	l := spaceTotal{Size: at(st.Size), InUse: at(st.InUse), Free: at(st.Free), Exact: v.seen.Exact, Keys: t.Keys, From: st.From, To: st.To, FromTime: when(v.begin), ToTime: when(v.end)}
	if !v.seen.Exact {
		if v.seen.Read.Values > 0 {
			l.Live, l.Margin, l.Sampled, l.Unsized = &t.Live, &t.Margin, &v.seen.Read.Values, &v.seen.Unsized
		}
		return l
	}
	l.Live, l.History, l.Revisions, l.Deletions, l.Stored = &t.Live, &t.Old, &t.Versions, &t.Deletions, at(st.Stored)
	if l.Defrag, l.Both = at(st.Packed), at(st.PackedLive); l.Defrag != nil {
		l.Compaction = whole(st.Stored - st.LiveStored)
		if st.InUse >= 0 {
			l.Overhead = whole(max(st.InUse-st.Stored, 0))
		}
	}
	for i := range v.busiest {
		r := &v.busiest[i]
		k := keyOf([]byte(r.Name))
		if !v.flags.reveal && v.key(r.Name) != clean.Key([]byte(r.Name)) {
			k = key{Key: v.key(r.Name)}
		}
		l.Most = append(l.Most, busy{k, r.Versions, r.Live + r.Old})
	}
	return l
}
