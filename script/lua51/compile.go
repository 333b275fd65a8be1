package lua51

import (
	"errors"
	"fmt"
	"strings"

	"sosh/script/lua51/compiler"

	lua "github.com/yuin/gopher-lua"
)

// A SyntaxError is an error of Compile.
type SyntaxError struct {
	// Incomplete says that the source ended too early, so that more lines could make
	// a chunk of it.
	Incomplete bool

	msg string
}

func (e *SyntaxError) Error() string { return e.msg }

// IsIncomplete reports whether err says that the source ended too early, so
// that more lines could make a chunk of it.
func IsIncomplete(err error) bool {
	var e *SyntaxError
	return errors.As(err, &e) && e.Incomplete
}

// Compile compiles src, the text of a file. A first line that begins with # is skipped, as lua does, and a byte
// order mark before it, as later versions of Lua do.
// The chunk's name is the path of a file, as it is or after an @, or words after
// a =. The error is a *SyntaxError, or a *MismatchError.
func Compile(src, chunkname string) (*lua.FunctionProto, error) {
	return CompileNamed(skipFirst(src), FileChunk(chunkname), 0)
}

// FileChunk is the name of a chunk as load has it.
func FileChunk(name string) string {
	if name == "" || name[0] != '=' && name[0] != '@' {
		return "@" + name
	}
	return name
}

// CompileNamed is Compile for a chunk name as load has it, and a chunk without a
// first line that is skipped. The lines of the chunk are counted from before on.
func CompileNamed(src, chunkname string, before int) (*lua.FunctionProto, error) {
	return compile(src, chunkname, before, callsOfMain)
}

// skipFirst empties a first line that begins with #, and removes a byte order mark.
// The newline stays, so that lines count on.
func skipFirst(src string) string {
	src = strings.TrimPrefix(src, "\uFEFF")
	if !strings.HasPrefix(src, "#") {
		return src
	}
	if i := strings.IndexByte(src, '\n'); i >= 0 {
		return src[i:]
	}
	return ""
}

// callsOfMain is how many calls of C lua5.1 has open when it compiles the file
// that it runs. A chunk may nest as deep as that leaves room.
const callsOfMain = 1

// openCalls is how many calls of C would be open in Lua where a function of the
// library runs: the calls of lua5.1 itself, and one for each pcall and resume.
func openCalls(L *lua.LState) int {
	n := callsOfMain + 1
	for ; L.Parent != nil; L = L.Parent {
		n++
	}
	return n
}

// compile is CompileNamed with the number of open C calls.
func compile(src, chunkname string, before, calls int) (*lua.FunctionProto, error) {
	display := chunkDisplay(chunkname, syntaxNameLength)
	if strings.HasPrefix(src, "\x1b") {
		return nil, precompiledError(src, chunkname)
	}
	// The layout of the string constants in a function must be known.
	if err := checkInternals(); err != nil {
		return nil, err
	}
	tokens := scan(src)
	tokens.Before = before
	proto, err := compiler.Compile(&compiler.Options{
		Source: chunkDisplay(chunkname, nameLength), Tokens: tokens, Number: parseNumber, SetStrings: setTexts, Calls: calls,
	})
	if err != nil {
		if err.Line == 0 {
			return nil, &SyntaxError{msg: err.Message}
		}
		return nil, &SyntaxError{msg: fmt.Sprintf("%s:%d: %s", display, err.Line, err.Message), Incomplete: err.Incomplete}
	}
	finish(proto, chunkname)
	return proto, nil
}

// precompiledError is the error for what string.dump or luac made: no such chunk
// can be loaded.
func precompiledError(src, chunkname string) *SyntaxError {
	const headerSize = 12
	switch {
	case strings.HasPrefix(chunkname, "\x1b"):
		chunkname = "binary string"
	case strings.HasPrefix(chunkname, "@"), strings.HasPrefix(chunkname, "="):
		chunkname = chunkname[1:]
	}
	what := "bad header"
	if len(src) < headerSize {
		what = "unexpected end"
	}
	return &SyntaxError{msg: chunkname + ": " + what + " in precompiled chunk"}
}

// sourcePc marks the entry among the calls of a function that holds the whole
// name of its chunk; no call is there.
const sourcePc = -1

// finish gives the functions of a chunk its name, as debug.getinfo shows it.
func finish(proto *lua.FunctionProto, chunkname string) {
	proto.DbgCalls = append(proto.DbgCalls, lua.DbgCall{Pc: sourcePc, Name: chunkname})
	for _, p := range proto.FunctionPrototypes {
		finish(p, chunkname)
	}
}

// sourceOf returns the whole name of the chunk that a function is from.
func sourceOf(proto *lua.FunctionProto) string {
	for _, c := range proto.DbgCalls {
		if c.Pc == sourcePc {
			return c.Name
		}
	}
	return "=" + proto.SourceName
}

// The maximum length of chunk names in Lua: in functions, and in errors of the
// compiler.
const (
	nameLength       = 60
	syntaxNameLength = 80
)

// chunkDisplay is how messages show the name of a chunk, in as many bytes: a name
// that begins with = or @ as what follows, any other as the first line of a string.
//
// The name of a file is not truncated, since errors must show it.
func chunkDisplay(name string, length int) string {
	name, _, _ = strings.Cut(name, "\x00")
	if name == "" {
		return `[string ""]`
	}
	switch name[0] {
	case '=':
		return name[1:min(len(name), length)]
	case '@':
		return name[1:]
	}
	line, more := name, false
	if end := strings.IndexAny(name, "\r\n"); end >= 0 {
		line, more = name[:end], true
	}
	if limit := length - len(`[string "..."]`) - 3; len(line) > limit {
		line, more = line[:limit], true
	}
	if more {
		line += "..."
	}
	return `[string "` + line + `"]`
}
