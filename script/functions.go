package script

import "sosh/script/lualib"

// A Function is a function that scripts have beside the verbs and the libraries
// of Lua 5.1.
type Function = lualib.Function

// Functions returns all such functions, in order.
func Functions() []Function { return append(lualib.Functions(), socketFunctions()...) }

// socketFunctions returns the functions that are not in lualib, since they need sockets.
func socketFunctions() []Function { return certificateFunctions }
