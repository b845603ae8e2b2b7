package columns

import (
	"cmp"
	"strconv"
	"strings"
)

// CompareCells is the order of a column's cells: of ages the youngest first, then numbers before words.
func CompareCells(a, b Cell) int {
	if a.Text == "" && b.Text == "" && !a.Since.Equal(b.Since) {
		return b.Since.Compare(a.Since)
	}
	return CompareTexts(a.Text, b.Text)
}

// CompareTexts puts numbers in their order and before words.
func CompareTexts(a, b string) int {
	x, okx := Number(a)
	y, oky := Number(b)
	switch {
	case okx && oky:
		return cmp.Compare(x, y)
	case okx != oky:
		if okx {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// Number reads the number that a cell begins with: "12", "61,300", "1/3", and "4 (67s ago)" as kubectl writes restarts.
func Number(s string) (float64, bool) {
	s, _, _ = strings.Cut(s, " (")
	s = strings.ReplaceAll(s, ",", "")
	if have, _, ok := strings.Cut(s, "/"); ok {
		s = have
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
