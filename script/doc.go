// Package script is the Lua machine: the table of verbs, the tasks, and the
// library that a script has.
//
// The package imports sockets and gopher-lua; it knows no terminal, and is the
// only package that imports gopher-lua.
//
// Goroutines: each task runs on a goroutine of its own, under the one lock of
// its [Machine]; a verb that waits lets the lock go while it does.
package script
