package script

// Functions returns the functions that scripts have beside the verbs and the
// libraries of Lua 5.1, in order.
func Functions() []Function { return append(libraryFunctions(), socketFunctions()...) }

// socketFunctions are those that need more than Lua, such as sockets.
func socketFunctions() []Function { return certificateFunctions }
