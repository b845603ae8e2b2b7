package widget

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/tui/theme"
)

// Thousands writes a number with separators: 48,112,904.
func Thousands(n int64) string { return text.Thousands(n) }

// Plural counts things that are named in English: 1 write, 1,204 writes.
func Plural[N int | int64](n N, what string) string { return text.Plural(n, what) }

// Count writes a number of things in at most five columns: 812, 61.3k, 1.2M.
func Count(n int64) string {
	for _, u := range []struct {
		from, unit int64
		name       string
	}{{1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}} {
		if n >= u.from {
			f := float64(n) / float64(u.unit)
			if f >= 100 {
				return fmt.Sprintf("%.0f%s", f, u.name)
			}
			return fmt.Sprintf("%.1f%s", f, u.name)
		}
	}
	return strconv.FormatInt(n, 10)
}

// Bytes writes a size: 812 B, 6.2 KiB, 2.11 GiB.
func Bytes(n int64) string { return text.Bytes(n) }

// Age writes a duration as kubectl does, in at most two units: 4s, 12m, 3h, 3d2h.
func Age(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	switch {
	case s < 120:
		return fmt.Sprintf("%ds", s)
	case s < 120*60:
		return fmt.Sprintf("%dm", s/60)
	case s < 48*3600:
		return fmt.Sprintf("%dh", s/3600)
	case s < 8*24*3600 && s/3600%24 != 0:
		return fmt.Sprintf("%dd%dh", s/86400, s/3600%24)
	}
	return fmt.Sprintf("%dd", s/86400)
}

// Rate writes a number a second.
func Rate(f float64) string {
	if f > 0 && f < 9.95 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return Count(int64(f + 0.5))
}

// Sparkline draws values as bars of one column each, at most n of them, the newest at the right; the scale is their
// largest.
func Sparkline(values []int, n int, th *theme.Theme) string {
	values = values[max(len(values)-n, 0):]
	most := 1
	for _, v := range values {
		most = max(most, v)
	}
	return SparklineOf(values, n, most, th)
}

// SparklineOf is Sparkline with a scale that others share: a value of most, which is at least 1, is a full bar.
func SparklineOf(values []int, n, most int, th *theme.Theme) string {
	values = values[max(len(values)-n, 0):]
	var b strings.Builder
	b.Grow(4 * n)
	for range n - len(values) {
		b.WriteByte(' ')
	}
	bars := th.Glyphs.Bars
	for _, v := range values {
		switch {
		case v <= 0 && len(bars) > 3:
			b.WriteString(bars[0])
		case v <= 0:
			b.WriteByte(' ')
		default:
			b.WriteString(bars[min(v*len(bars)/(most+1), len(bars)-1)])
		}
	}
	return b.String()
}

// Gauge draws a fraction as a bar of w columns.
func Gauge(f float64, w int, th *theme.Theme) string {
	w = max(w, 0)
	steps := th.Glyphs.Eighths
	full := int(max(0, min(f, 1))*float64(w*len(steps)) + 0.5)
	var b strings.Builder
	for range w {
		switch {
		case full >= len(steps):
			b.WriteString(steps[len(steps)-1])
		case full > 0:
			b.WriteString(steps[full-1])
		default:
			b.WriteString(th.Glyphs.Empty)
		}
		full -= min(full, len(steps))
	}
	return b.String()
}
