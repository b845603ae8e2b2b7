package layout

import (
	"testing"

	"pgregory.net/rapid"
)

// TestTiles checks that every cell between header and foot belongs to one pane or one separator.
func TestTiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 300).Draw(t, "w"), rapid.IntRange(1, 100).Draw(t, "h")
		o := Options{
			Focus: ID(rapid.IntRange(int(Keys), int(Sequence)).Draw(t, "focus")),
			Zoom:  rapid.Bool().Draw(t, "zoom"),
			Past:  rapid.Bool().Draw(t, "past"),
			Story: rapid.IntRange(0, 12).Draw(t, "story"),
			Begun: rapid.Bool().Draw(t, "begun"),
			Home:  rapid.Bool().Draw(t, "home"),
			Table: rapid.Bool().Draw(t, "table"),
			Found: rapid.Bool().Draw(t, "found"),
			List:  rapid.Bool().Draw(t, "list"),
		}
		l := Arrange(w, h, o)
		if l.TooSmall {
			if w >= MinW && h >= MinH {
				t.Fatalf("%dx%d is said to be too small", w, h)
			}
			return
		}
		if l.Foot+3+l.StoryH != h || l.Foot < 3 {
			t.Fatalf("foot %d, story %d of %d rows", l.Foot, l.StoryH, h)
		}
		for y := 1 + l.Past; y < l.Foot; y++ {
			for x := 0; x < w; x++ {
				n := 0
				for _, p := range l.Places {
					if p.W < 1 || p.H < 2 {
						t.Fatalf("pane without content: %+v", p)
					}
					if x >= p.X && x < p.X+p.W && y >= p.Y && y < p.Y+p.H {
						n++
					}
				}
				if l.separates(x, y) {
					n++
				}
				if n != 1 {
					t.Fatalf("cell %d,%d of %dx%d is covered %d times: %+v", x, y, w, h, n, l.Places)
				}
			}
		}
	})
}

func TestShapes(t *testing.T) {
	for _, c := range []struct {
		w, h int
		o    Options
		want []ID
	}{
		{200, 60, Options{Focus: Keys}, []ID{Keys, Object, Timeline, Selected, Changes}},
		{80, 24, Options{Focus: Keys}, []ID{Keys, Object, Selected, Timeline}},
		{200, 60, Options{Focus: Keys, Home: true}, []ID{Keys, Object, Selected, Changes}},
		{80, 24, Options{Focus: Keys, Home: true}, []ID{Keys, Object, Changes}},
		{80, 24, Options{Focus: Keys, Home: true, Story: 8}, []ID{Keys, Object, Changes}},
		{80, 24, Options{Focus: Keys, Home: true, Story: 8, Begun: true}, []ID{Keys, Object, Sequence}},
		{80, 24, Options{Focus: Object, Table: true, Story: 8}, []ID{Object, Changes}},
		{80, 24, Options{Focus: Object, Table: true, Story: 8, Begun: true}, []ID{Object, Sequence}},
		{80, 24, Options{Focus: Object, Zoom: true}, []ID{Object}},
		{200, 60, Options{Focus: Keys, Table: true}, []ID{Keys, Object, Selected, Changes}},
		{80, 24, Options{Focus: Object, Table: true}, []ID{Object, Changes}},
		{80, 24, Options{Focus: Keys, Table: true}, []ID{Keys, Object, Changes}},
		{110, 24, Options{Focus: Object, Table: true}, []ID{Keys, Object, Changes}},
		{80, 24, Options{Focus: Keys, Found: true}, []ID{Keys, Object, Selected, Timeline}},
		{120, 40, Options{Focus: Keys, Found: true}, []ID{Keys, Object, Selected, Changes}},
		{59, 24, Options{Focus: Timeline}, []ID{Timeline}},
		{200, 60, Options{Focus: Snapshots}, []ID{Snapshots}},
	} {
		var got []ID
		for _, p := range Arrange(c.w, c.h, c.o).Places {
			got = append(got, p.ID)
		}
		if len(got) != len(c.want) {
			t.Fatalf("%dx%d: %v, want %v", c.w, c.h, got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Fatalf("%dx%d: %v, want %v", c.w, c.h, got, c.want)
			}
		}
	}
}

// TestListHasTheRoom: a list of changes that was asked for has most of the rows while it has the focus, whatever is beside it.
func TestListHasTheRoom(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 30}, {200, 60}} {
		for _, o := range []Options{{}, {Home: true}, {Table: true}, {Story: 8, Begun: true}, {Past: true}, {Found: true}} {
			o.Focus, o.List = Changes, true
			l := Arrange(size[0], size[1], o)
			p, ok := l.Of(Changes)
			if rows := l.Foot - 1 - l.Past; !ok || p.H*5 < rows*3 {
				t.Errorf("%v with %+v: the list has %d of %d rows", size, o, p.H, rows)
			}
			o.Focus = Keys
			if got := Arrange(size[0], size[1], o); len(got.Places) > 0 && got.Places[0].ID == Keys && got.Places[0].H*2 < l.Foot-1-l.Past && o.Story == 0 {
				t.Errorf("%v with %+v: the keys have %d rows while they have the focus", size, o, got.Places[0].H)
			}
		}
	}
}
