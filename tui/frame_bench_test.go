package tui

import (
	"testing"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// BenchmarkFrame draws a screen of 200×60: "ours" is all that this program does for a frame, "renderer" what Bubble
// Tea needs at least to read it into cells. Ours should be lost beside it. "memo" is a message that changes nothing.
func BenchmarkFrame(b *testing.B) {
	_, d := opened(b, 200, 60)
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	m := d.Model().(*Model)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.drawing.stale = true
			m.View()
		}
	})
	b.Run("memo", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.View()
		}
	})
	b.Run("renderer", func(b *testing.B) {
		b.ReportAllocs()
		s, cells := m.View().Content, uv.NewScreenBuffer(200, 60)
		cells.Method = ansi.WcWidth
		for b.Loop() {
			uv.NewStyledString(s).Draw(cells, cells.Bounds())
		}
	})
}
