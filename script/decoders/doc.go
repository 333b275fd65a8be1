// Package decoders decodes what a connection carries into messages. The codec of each
// protocol is a Lua file, in the directory lua or of the user.
//
// An [Engine] has a Lua state of its own, apart from that of scripts, in which it
// runs the codecs for the view of the prompt. A [Conn] is one connection with its
// two directions: it takes the bytes as they come, and returns messages as text.
// [Install] gives scripts the same codecs, in their own state.
//
// The package knows no sockets, no verbs and no terminal: of sosh it imports
// script/lua51, script/lualib and internal/show. What it returns is foreign text,
// which the caller escapes.
//
// The methods of an Engine, a Codec and a Conn may be called concurrently: one lock
// of the engine guards its state. The time that Lua takes is limited, so that no
// peer can stop the caller for longer than [sliceTicks] * [tick].
package decoders
