// Package racedetector tells tests whether the race detector is on: with it a
// program takes more memory and time than a limit in a test allows for.
package racedetector

// Fewer returns n, or a tenth of it with the race detector: how often to repeat what one
// goroutine computes. The detector is slow there, and has nothing to find.
func Fewer(n int) int {
	if On {
		return max(1, n/10)
	}
	return n
}
