// Package decoders shows what a connection carries as messages: each protocol is a
// codec in Lua, in a file of the directory lua, or in a file of the user's.
//
// An [Engine] has a Lua state of its own, apart from that of scripts, in which it
// runs the codecs for the view of the prompt. A [Conn] is one connection with its
// two directions: it takes the bytes as they come, and returns messages as text.
// Scripts get the same codecs, in their own state, by [Install].
//
// The package knows no sockets, no verbs and no terminal: of sosh it imports
// script/lua51, script/lualib and internal/show. What it returns is foreign text,
// which the caller escapes.
//
// The methods of an Engine, a Codec and a Conn may be called concurrently: one lock
// of the engine guards its state. The time that Lua takes is limited, so that no
// peer can stop the caller for longer than [sliceTicks] * [tick].
package decoders
