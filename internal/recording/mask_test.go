package recording

import (
	"reflect"
	"regexp"
	"testing"
)

func TestFindMasked(t *testing.T) {
	for _, c := range []struct {
		re, data string
		want     [][]int
	}{
		{`^..`, "héllo", [][]int{{0, 3}}},                                     // text: two characters
		{`(?s)^..`, "\xc3\xa9\x01\x00", [][]int{{0, 2}}},                      // two bytes, though they are a character
		{`(?s)^..`, "\n\xff\x01\x00", [][]int{{0, 2}}},                        // a line feed
		{`(?s)[\x80-\xff]+`, "\x00\x80\xff\x00\xfe", [][]int{{1, 3}, {4, 5}}}, // bytes by number
		{`\x00`, "a\x00\xc3\xa9\x00", [][]int{{1, 2}, {4, 5}}},
		{`x*`, "\x00x", [][]int{{0, 0}, {1, 2}}},
		{`y`, "\x00", nil},
	} {
		data := []byte(c.data)
		if got := FindMasked(regexp.MustCompile(c.re), data, IsBinary(data), -1); !reflect.DeepEqual(got, c.want) {
			t.Errorf("FindMasked(%s, %q) = %v, want %v", c.re, c.data, got, c.want)
		}
	}
}
