//go:build race

package repl

// raceEnabled says that memory and time are not what they are otherwise.
const raceEnabled = true
