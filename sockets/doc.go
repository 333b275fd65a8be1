// Package sockets is the engine: named socket handles on which each method
// makes the system call of its name, at that moment, with that error.
//
// A [Table] holds handles by name, as a process's descriptor table holds
// descriptors by number. A [Handle] has a [Kind], a state, its addresses,
// options, counters and an inbox. What happens to handles is published as one
// ordered stream of [Event] values. Errors are of one type, [*Error].
//
// The package imports neither Lua nor anything of a terminal, and prints
// nothing.
//
// Goroutines: a method runs on its caller's goroutine. A handle that is
// watched ([Handle.Watch]) owns one goroutine more, its receiver, which ends
// with the watch or the handle; [Handle.Serve] owns one that accepts. None
// outlives [Table.Close].
package sockets
