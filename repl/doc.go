// Package repl is the shell: it reads lines, turns words into calls of verbs,
// completes them, and shows results and what arrives.
//
// The package imports script and sockets, but no gopher-lua. Only console.go
// and its platform files import readline; only color.go imports fatih/color.
//
// Goroutines: one edits the line and draws (see the console); commands run on
// the goroutine that called [Shell.Run]; each job of every has its own.
package repl
