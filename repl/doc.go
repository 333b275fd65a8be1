// Package repl is the shell: it reads lines, turns words into calls of verbs,
// completes them, and shows results and what arrives.
//
// The package imports script, script/suite, script/lua51 (to see whether a statement
// of Lua is complete), sockets and repl/console, which owns the terminal, but no
// gopher-lua. Only color.go imports fatih/color.
//
// Goroutines: one edits the line and draws (see the console). The statements that
// are typed run on the goroutine that called [Prompt] or [Words]; each job of every
// has its own. Events are shown on the goroutine that publishes them.
package repl
