// Package luasocket is LuaSocket 3.1 and LuaSec 1.2 for scripts: require "socket", "mime",
// "ltn12", "ssl" and their submodules, on the handles of sosh. A script that is written for LuaSocket behaves
// the same, including error texts; https://lunarmodules.github.io/luasocket
// describes it.
//
// The parts that touch sockets are in Go, the protocols above them in Lua (the folder lua).
// Nothing is loaded before a script requires it. The package knows no verbs, no tasks and no
// terminal; it starts a goroutine only for a connect or a handshake that continues in the
// background, which ends with the handle, and for a select, which ends with it.
package luasocket

import (
	"embed"
	"os"
	"strings"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

//go:embed lua/*.lua
var sources embed.FS

// A Module is a module that require finds.
type Module struct{ Name, Summary string }

// Modules returns the modules, in order.
func Modules() []Module {
	return []Module{
		{"socket", "TCP and UDP objects, select, DNS, sinks and sources; the same as socket.core"},
		{"socket.url", "parses, builds and joins URLs"},
		{"socket.http", "an HTTP/1.1 client, with redirects, proxies, chunked encoding and basic authentication"},
		{"socket.smtp", "sends mail and builds multipart messages"},
		{"socket.ftp", "an FTP client: downloads, uploads and commands"},
		{"socket.tp", "commands and replies, as used by smtp and ftp"},
		{"socket.headers", "the canonical spelling of header names"},
		{"socket.unix", "unix sockets: streams and datagrams"},
		{"socket.serial", "serial devices"},
		{"mime", "filters for base64, quoted-printable, line ends and line lengths; the same as mime.core"},
		{"ltn12", "sources, sinks, filters and pumps"},
		{"mbox", "parses mailbox files"},
		{"ssl", "TLS from LuaSec 1.2: contexts, connections and certificates"},
		{"ssl.https", "an HTTPS client"},
	}
}

// inLua are the modules that are written in Lua, and the file of each.
var inLua = map[string]string{
	"socket":         "socket",
	"socket.url":     "url",
	"socket.headers": "headers",
	"socket.tp":      "tp",
	"socket.http":    "http",
	"socket.smtp":    "smtp",
	"socket.ftp":     "ftp",
	"mime":           "mime",
	"ltn12":          "ltn12",
	"mbox":           "mbox",
	"ssl.https":      "https",
}

// Open puts the modules into package.preload of a machine, whose sockets are handles of table.
// It does not load them.
func Open(L *lua.LState, table *sockets.Table) {
	preload, ok := L.GetField(L.GetGlobal("package"), "preload").(*lua.LTable)
	if !ok {
		return
	}
	for name, file := range inLua {
		preload.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			if path := ownFile(L, name); path != "" {
				return loadFile(L, name, path)
			}
			return load(L, name, file)
		}))
	}
	core := &core{table: table}
	for name, f := range map[string]func(L *lua.LState) lua.LValue{
		"socket.core": core.open, "socket.unix": core.openUnix, "socket.serial": core.openSerial,
		"mime.core": openMime, "ssl": core.openSSL,
	} {
		preload.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			L.Push(f(L))
			return 1
		}))
	}
}

// ownFile returns the file of a program's own module of that name, or "": it is found along
// package.path, before the directories of the system, where LuaSocket would be installed.
func ownFile(L *lua.LState, name string) string {
	templates, _ := L.GetField(L.GetGlobal("package"), "path").(lua.LString)
	for _, template := range strings.Split(string(templates), ";") {
		if template == "" || strings.HasPrefix(template, "/usr/") {
			continue
		}
		path := strings.ReplaceAll(template, "?", strings.ReplaceAll(name, ".", "/"))
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// loadFile runs a module that belongs to the program.
func loadFile(L *lua.LState, name, path string) int {
	L.Push(L.GetGlobal("loadfile"))
	L.Push(lua.LString(path))
	L.Call(1, 2)
	if L.Get(-2) == lua.LNil {
		L.Error(lua.LString("error loading module '"+name+"' from file '"+path+"':\n\t"+L.Get(-1).String()), 0)
	}
	f := L.Get(-2)
	L.Pop(2)
	L.Push(lua51.Call(L, f, lua.LString(name)))
	return 1
}

// load runs a module written in Lua.
func load(L *lua.LState, name, file string) int {
	src, err := sources.ReadFile("lua/" + file + ".lua")
	if err != nil {
		panic(err) // the file is part of the program
	}
	proto, err := lua51.Compile(string(src), "="+lua51.OwnSource+name)
	if err != nil {
		panic(err)
	}
	L.Push(lua51.Call(L, L.NewFunctionFromProto(proto), lua.LString(name)))
	return 1
}

func openMime(L *lua.LState) lua.LValue {
	t := L.NewTable()
	for name, f := range mimeFunctions {
		t.RawSetString(name, L.NewFunction(f))
	}
	t.RawSetString("_VERSION", lua.LString("MIME 1.0.3"))
	return t
}
