// Package lua51 is Lua 5.1 as its manual describes it, on gopher-lua's machine:
// with the compiler of script/lua51/compiler, and a library of its own. It knows no sockets, no tasks and no terminal; of sosh it imports
// its compiler, internal/show, internal/child and internal/ctxfile.
//
// An [Interp] is one machine. Whoever owns it sees to it that one goroutine at a
// time runs Lua in it or uses its values, by a lock that the hook Block may let
// go. Only [Interp.Interrupt] and [Interp.ClearInterrupt] may be called without
// that lock. The package itself starts no goroutine but those of internal/child
// and internal/ctxfile. [Compile], a [Search] and an [Outline] need no machine.
package lua51
