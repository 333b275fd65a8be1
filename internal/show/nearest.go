package show

import (
	"slices"
	"strings"
)

// DidYouMean returns a hint that names the likeliest of [Nearest], such as "did
// you mean send?", or "" if none is near.
func DidYouMean(name string, of []string) string {
	if near := Nearest(name, of); len(near) > 0 {
		return "did you mean " + near[0] + "?"
	}
	return ""
}

// Nearest returns up to three names that name may have been meant for, the likeliest first: those
// that differ only in case, then those that begin with name, then those within a few typing
// mistakes (a letter inserted, missing, wrong, or two letters swapped). Longer names may have more
// mistakes.
func Nearest(name string, of []string) []string {
	type match struct {
		name           string
		rank, distance int
	}
	var matches []match
	typed := []rune(strings.ToLower(name))
	bound := min((len(typed)+1)/3, 3)
	for _, candidate := range of {
		lower := []rune(strings.ToLower(candidate))
		longer := len(lower) - len(typed)
		m := match{name: candidate}
		switch {
		case len(typed) == 0:
			continue
		case slices.Equal(lower, typed):
		case longer > 0 && slices.Equal(lower[:len(typed)], typed):
			m.rank, m.distance = 1, longer
		case longer > bound || -longer > bound:
			continue
		default:
			m.rank, m.distance = 2, editDistance(typed, lower)
			if m.distance > bound {
				continue
			}
		}
		if !slices.ContainsFunc(matches, func(o match) bool { return o.name == candidate }) {
			matches = append(matches, m)
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return a.distance - b.distance
	})
	var names []string
	for _, m := range matches[:min(3, len(matches))] {
		names = append(names, m.name)
	}
	return names
}

// Distance returns the edit distance of a and b: how many insertions, deletions,
// substitutions and swaps of neighbouring characters turn one into the other.
func Distance(a, b string) int { return editDistance([]rune(a), []rune(b)) }

func editDistance(a, b []rune) int {
	before := make([]int, len(b)+1) // the row before the last
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// OneMistake reports whether typed is meant with one typing mistake: a letter inserted,
// missing or wrong, or two letters swapped. Words of fewer than five letters are too
// short to tell.
func OneMistake(typed, meant string) bool {
	a, b := []rune(typed), []rune(meant)
	return len(b) >= 5 && editDistance(a, b) == 1
}
