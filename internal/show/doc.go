// Package show turns bytes from a peer into text that is safe and useful on a
// terminal: escaped text, hexdumps, indented JSON.
//
// It imports nothing of sosh, starts no goroutine, and its functions may be
// called concurrently.
package show
