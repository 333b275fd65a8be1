// Package script is the Lua machine: the table of verbs, the tasks, and the
// calls.
//
// The package imports sockets, script/lua51, the Lua of this program, and
// script/lualib, the library that needs no sockets; it knows no terminal.
//
// Goroutines: each task runs on its own goroutine, under the lock of its [Machine]; a verb
// releases the lock while it waits.
package script
