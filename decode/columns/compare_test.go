package columns

import "testing"

// TestIsLessInWords: what cannot be compared is named as JSON names it.
func TestIsLessInWords(t *testing.T) {
	t.Parallel()
	_, err := isLess(map[string]any{}, []any{})
	if want := "an object and a list cannot be compared; name a field that holds text, a number or a time"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if less, err := isLess("9Gi", "10Gi"); err != nil || !less {
		t.Errorf("%v, %v", less, err)
	}
}
