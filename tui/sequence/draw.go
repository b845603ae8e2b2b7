package sequence

import (
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// lane is a vertical line.
type lane struct {
	lane attribution.Lane
	node string // of a kubelet, where there is a line for each
	x    int
}

// names are the titles of lanes: in full, and for narrow panes.
var names = map[attribution.Lane][2]string{
	attribution.LaneClient:      {"client", "client"},
	attribution.LaneControllers: {"controllers", "control"},
	attribution.LaneScheduler:   {"scheduler", "sched"},
	attribution.LaneKubelet:     {"kubelet", "kubelet"},
	attribution.LaneAPIServer:   {"API server", "API"},
	attribution.LaneEtcd:        {"etcd", "etcd"},
}

// order is the order of lanes from left to right: writers, then the API server, then etcd.
var order = []attribution.Lane{attribution.LaneClient, attribution.LaneControllers, attribution.LaneScheduler,
	attribution.LaneKubelet, attribution.LaneAPIServer, attribution.LaneEtcd}

const (
	narrowPitch = 8
	widePitch   = 12
	narrowEtcd  = 6 // columns from the API server to etcd
	wideEtcd    = 11
	// textWidth is what rows want for their text before lanes become wide.
	textWidth = 70
)

// arrange places the lanes: one for each writer that has a row, one for each node's kubelet where there is room.
func (p *Pane) arrange() {
	seen := map[attribution.Lane]bool{attribution.LaneAPIServer: true, attribution.LaneEtcd: true}
	var nodes []string
	for i := range p.rows {
		r := &p.rows[i]
		seen[home(r.Lane)] = true
		if r.Lane == attribution.LaneKubelet && !has(nodes, r.Node) {
			nodes = append(nodes, r.Node)
		}
	}
	n := len(seen)
	pitch, etcd := narrowPitch, narrowEtcd
	if p.w >= n*widePitch+textWidth {
		pitch, etcd = widePitch, wideEtcd
	}
	if len(nodes) > 1 && p.w < (n+len(nodes)-1)*pitch+textWidth*2/3 {
		nodes = []string{""}
	}
	p.measure()
	p.lanes = p.lanes[:0]
	x := 2
	for _, l := range order {
		switch {
		case !seen[l]:
			continue
		case l == attribution.LaneEtcd:
			p.lanes = append(p.lanes, lane{l, "", x - pitch + etcd})
			continue
		case l == attribution.LaneKubelet:
			for _, node := range nodes {
				p.lanes = append(p.lanes, lane{l, node, x})
				x += pitch
			}
			continue
		}
		p.lanes = append(p.lanes, lane{l, "", x})
		x += pitch
	}
}

// measure finds how wide revisions are, and whether all rows are of one key.
func (p *Pane) measure() {
	p.revW, p.single = 0, true
	path := ""
	for i := range p.rows {
		r := &p.rows[i]
		p.revW = max(p.revW, widget.Width(revision(r)))
		if path == "" {
			path = r.Path
		}
		p.single = p.single && (r.Path == path || r.Path == "")
	}
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// home is the lane in which a row begins: what is not known is drawn as a client's.
func home(l attribution.Lane) attribution.Lane {
	if _, ok := names[l]; !ok {
		return attribution.LaneClient
	}
	return l
}

// find returns the place of a lane.
func (p *Pane) find(l attribution.Lane, node string) int {
	x := 2
	for i := range p.lanes {
		if p.lanes[i].lane == l {
			x = p.lanes[i].x
			if l != attribution.LaneKubelet || p.lanes[i].node == node {
				break
			}
		}
	}
	return x
}

// diagramWidth is the width of the lanes, up to where the text begins.
func (p *Pane) diagramWidth() int { return p.find(attribution.LaneEtcd, "") + 1 }

func (p *Pane) headRow(b []byte, y int) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	short := 0
	if len(p.lanes) > 1 && p.lanes[1].x-p.lanes[0].x < widePitch {
		short = 1
	}
	for i := range p.lanes {
		l := &p.lanes[i]
		label, room := names[l.lane][short], narrowPitch-1
		if i+1 < len(p.lanes) {
			room = p.lanes[i+1].x - l.x - 1
		}
		if y == 1 {
			label = clean.Middle(l.node, room)
		}
		r.To(p.w - l.x)
		if l.lane == attribution.LaneEtcd {
			room = r.Free()
		}
		r.Text(text.Accent, clean.End(label, max(room, 1)))
	}
	if y == 0 {
		r.To(p.w - p.diagramWidth() - max(p.revW, len("etc")) - 2)
		r.Text(text.Muted, "what was written")
	}
	return r.End()
}

// laneRow paints the lanes alone.
func (p *Pane) laneRow(b []byte) []byte {
	r := pane.Paint(b, p.style.Theme, p.w, "")
	for _, c := range p.cells() {
		r.TextW(c.role, c.glyph, 1)
	}
	return r.End()
}

// cell is one column of the diagram.
type cell struct {
	glyph string
	role  text.Role
}

// cells returns a row of the diagram in which nothing happens.
func (p *Pane) cells() []cell {
	cells := make([]cell, p.diagramWidth())
	for i := range cells {
		cells[i] = cell{" ", text.Plain}
	}
	for i := range p.lanes {
		if p.lanes[i].lane != attribution.LaneEtcd {
			cells[p.lanes[i].x] = cell{p.style.Theme.Glyphs.Vertical, text.Muted}
		}
	}
	return cells
}

var roles = map[etcdsource.Type]text.Role{etcdsource.Created: text.Added, etcdsource.Updated: text.Changed, etcdsource.Deleted: text.Removed}

func (p *Pane) row(b []byte, i int) []byte {
	th, row := p.style.Theme, &p.rows[i]
	base := ""
	if i == p.list.Cursor() {
		base = th.Cursor
	}
	r := pane.Paint(b, th, p.w, base)
	cells := p.cells()
	p.line(cells, row)
	if i == p.list.Cursor() {
		cells[0] = cell{th.Glyphs.Pointer, text.Accent}
	}
	for _, c := range cells {
		r.TextW(c.role, c.glyph, 1)
	}
	p.words(&r, row)
	return r.End()
}

// line draws the way of a row into its cells.
func (p *Pane) line(cells []cell, row *Row) {
	g := &p.style.Theme.Glyphs
	from, api, end := p.find(home(row.Lane), row.Node), p.find(attribution.LaneAPIServer, ""), len(cells)-1
	role := roles[row.Type]
	if row.How != Write {
		role = text.Muted
	}
	stroke := func(a, z int, glyph string) {
		for x := a; x <= z; x++ {
			cells[x] = cell{glyph, role}
		}
	}
	switch row.How {
	case Delivered:
		stroke(from+1, api-1, g.Dotted)
		cells[from], cells[api] = cell{g.BackArrow, role}, cell{g.Dot, role}
	case Refused:
		role = text.Warning
		stroke(from, api-1, g.Dotted)
		cells[from], cells[api] = cell{g.Dot, role}, cell{g.Bad, role}
	case Past:
		role = text.Error
		stroke(from, end-1, g.Horizontal)
		cells[from], cells[end] = cell{g.Warn, role}, cell{g.Arrow, role}
	default:
		if home(row.Lane) == attribution.LaneEtcd {
			cells[end] = cell{g.Dot, role}
			return
		}
		stroke(from, end-1, g.Horizontal)
		for i := range p.lanes {
			if x := p.lanes[i].x; x > from && x < api {
				cells[x].glyph = g.Joint(true, true, true, true)
			}
		}
		cells[from], cells[api], cells[end] = cell{g.Dot, role}, cell{g.Dot, role}, cell{g.Arrow, role}
		if from == api {
			cells[api].glyph = g.Dot
		}
	}
}

// etcdWidth is how much is shown of the name of another etcd.
const etcdWidth = 10

// revision is what is shown in the place of a row's revision.
func revision(row *Row) string {
	if row.Etcd != "" {
		return clean.End(row.Etcd, etcdWidth)
	}
	return widget.Thousands(row.Rev)
}

// words paints what comes after the diagram.
func (p *Pane) words(r *pane.Painter, row *Row) {
	if row.How == Delivered || row.How == Refused {
		r.Gap(p.revW + 2)
		role := text.Muted
		if row.How == Refused {
			role = text.Warning
		}
		r.Text(role, row.Text)
		return
	}
	rev := revision(row)
	r.Gap(1 + p.revW - widget.Width(rev))
	r.Text(text.Muted, rev)
	r.Gap(1)
	sign := map[etcdsource.Type]string{etcdsource.Created: "+", etcdsource.Updated: "~", etcdsource.Deleted: "−"}[row.Type]
	r.Text(roles[row.Type], sign)
	r.Gap(1)
	if free := r.Free(); free >= textWidth {
		p.actor(r, row)
		r.To(free - actorWidth - 1)
	}
	if !p.single {
		keyW := max(min(r.Free()*2/5, 44), 12)
		r.Text(text.Plain, clean.Middle(row.Key, keyW))
		r.Gap(2)
	}
	r.Text(text.Muted, row.Text)
}

// actor paints who wrote a row, with the grade of that.
func (p *Pane) actor(r *pane.Painter, row *Row) {
	if row.Grade != attribution.Unknown {
		r.TextW(text.OK, pane.GradeSign(p.style.Theme, row.Grade), 1)
		r.Gap(1)
	}
	if row.Actor == "" {
		r.Gap(2)
		r.Text(text.Muted, pane.Unsigned)
		return
	}
	r.Text(text.Accent, clean.Middle(row.Actor, actorWidth-2))
}

// actorWidth is the width of the column with the writer's name.
const actorWidth = 26
