// Package script is the Lua machine: the table of verbs, the tasks, and the
// calls.
//
// The package imports sockets, script/lua51, the Lua of this program, and
// script/lualib, the library that needs no sockets; it knows no terminal.
//
// Goroutines: each task runs on a goroutine of its own, under the one lock of
// its [Machine]; a verb that waits lets the lock go while it does.
package script
