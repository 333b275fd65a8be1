// Package lualib is the library that scripts have beside Lua 5.1 and the verbs:
// pack, struct, cursor, BER, JSON, hashes, hex and base64, regular expressions,
// bits, 64-bit integers, random numbers, files and temporary directories. Every
// function is a row of a table, [Functions], from which help, the manual and an
// editor's annotations are made. The verbs of frames use its [Framing], which
// divides a stream into messages, and expect its [Matcher]; [Inspect] shows a
// value to a person.
//
// It knows no sockets, no verbs, no tasks and no terminal: of sosh it imports
// script/lua51, internal/show, internal/luadoc, internal/ctxfile and
// internal/freeport.
//
// [Open] puts the library into a state of Lua, and [Close] removes what it left
// on disk. Both, and all that takes an LState, are called by the goroutine that
// runs Lua in it; the package starts none. A [Framing] without functions of Lua
// belongs to no state, and may be used concurrently.
package lualib
