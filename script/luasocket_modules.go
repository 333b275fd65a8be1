package script

import "sosh/script/luasocket"

// LuaSocketTypes returns annotations of those modules for editors, by the name of the file.
func LuaSocketTypes() map[string]string { return luasocket.Types() }

// LuaSocketModules returns the modules of LuaSocket that require finds, in order.
func LuaSocketModules() []luasocket.Module { return luasocket.Modules() }
