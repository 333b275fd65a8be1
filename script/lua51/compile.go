package lua51

import (
	"errors"
	"fmt"
	"strings"

	"sosh/script/lua51/compiler"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// A SyntaxError is an error of Compile.
type SyntaxError struct {
	// Incomplete says that the source ended too early, so that more lines could make
	// a chunk of it.
	Incomplete bool

	msg  string
	line int // of a message that has no position yet
}

func (e *SyntaxError) Error() string { return e.msg }

// IsIncomplete reports whether err says that the source ended too early, so
// that more lines could make a chunk of it.
func IsIncomplete(err error) bool {
	var e *SyntaxError
	return errors.As(err, &e) && e.Incomplete
}

// Compile parses src with gopher-lua's parser and compiles it. A first line that begins with # is skipped, as lua does.
// The chunk's name is the path of a file, as it is or after an @, or words
// after a =.
func Compile(src, chunkname string) (*lua.FunctionProto, error) {
	return CompileNamed(src, FileChunk(chunkname), 0)
}

// FileChunk is the name of a chunk as load has it.
func FileChunk(name string) string {
	if name == "" || name[0] != '=' && name[0] != '@' {
		return "@" + name
	}
	return name
}

// CompileNamed is Compile for a chunk name as load has it. The lines of the
// chunk are counted from before on.
func CompileNamed(src, chunkname string, before int) (*lua.FunctionProto, error) {
	display := chunkDisplay(chunkname)
	if strings.HasPrefix(src, "#") {
		// The newline stays, so that lines count on.
		if i := strings.IndexByte(src, '\n'); i >= 0 {
			src = src[i:]
		} else {
			src = ""
		}
	}
	if strings.HasPrefix(src, "\x1bLua") {
		return nil, &SyntaxError{msg: display + ": bad header in precompiled chunk"}
	}
	rewritten, tokens, serr := rewriteSource(src)
	if serr != nil {
		serr.msg = fmt.Sprintf("%s:%d: %s", display, serr.line+before, serr.msg)
		return nil, serr
	}
	tokens.Before = before
	chunk, err := parse.Parse(strings.NewReader(rewritten), display)
	if err != nil || !compiler.Locate(chunk, tokens) {
		if e, incomplete := compiler.Check(tokens, parseNumber); e != nil {
			e.Line += before
			serr := compileError(e, display)
			serr.Incomplete = incomplete
			return nil, serr
		}
		// The nodes keep the lines that the parser gives them.
		tokens = nil
		if chunk, err = parse.Parse(strings.NewReader(rewritten), display); err != nil {
			return nil, parseError(err, rewritten, display, before)
		}
	}
	// The place of the texts in a function has to be known.
	if err := checkInternals(); err != nil {
		return nil, err
	}
	proto, err := compiler.Compile(chunk, &compiler.Options{Source: display, Before: before, Tokens: tokens, Number: parseNumber, SetStrings: setTexts})
	if err != nil {
		return nil, compileError(err.(*compiler.Error), display)
	}
	finish(proto, chunkname)
	return proto, nil
}

func compileError(err *compiler.Error, display string) *SyntaxError {
	if err.Line == 0 {
		return &SyntaxError{msg: err.Message}
	}
	return &SyntaxError{msg: fmt.Sprintf("%s:%d: %s", display, err.Line, err.Message)}
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

// parseError gives an error of the parser, of what Lua would accept, Lua's form.
func parseError(err error, src, display string, before int) error {
	var e *parse.Error
	if !errors.As(err, &e) {
		return &SyntaxError{msg: fmt.Sprintf("%s:%d: %v", display, 1+before, err)}
	}
	line, near := e.Pos.Line, e.Token
	if line == parse.EOF {
		line, near = strings.Count(src, "\n")+1, "<eof>"
	}
	return &SyntaxError{msg: fmt.Sprintf("%s:%d: %s near '%s'", display, line+before, e.Message, near)}
}

// chunkDisplay is how messages show the name of a chunk: a name that begins
// with = or @ as what follows, any other as the first line of a string.
//
// The name of a file is not cut: that is what errors are for.
func chunkDisplay(name string) string {
	const max = 60 // LUA_IDSIZE
	if name == "" {
		return `[string ""]`
	}
	switch name[0] {
	case '=':
		return name[1:min(len(name), max)]
	case '@':
		return name[1:]
	}
	line, _, more := strings.Cut(name, "\n")
	if limit := max - len(`[string "..."]`) - 3; len(line) > limit {
		line, more = line[:limit], true
	}
	if more {
		line += "..."
	}
	return `[string "` + line + `"]`
}
