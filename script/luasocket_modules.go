package script

import "sosh/script/luasocket"

// LuaSocketModules returns the modules of LuaSocket that require finds, in order.
func LuaSocketModules() []luasocket.Module { return luasocket.Modules() }
