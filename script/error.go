package script

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"
	"sosh/sockets/sockopt"
	"sosh/sockets/tlsconf"
	"sosh/sockets/whose"

	lua "github.com/yuin/gopher-lua"
)

// An Error is an uncaught Lua error, or the error of a chunk that does not compile.
type Error struct {
	Message    string // "FILE:LINE: what happened"
	Hint       string
	Traceback  string
	Code       string // the code, if a verb raised the error; else ""
	Syntax     bool   // the chunk does not compile
	Incomplete bool   // the chunk is incomplete: more lines may follow

	Value Value // the value that was raised; nil if none was

	late func() string // returns the hint, where it depends on the machine; or nil
}

// ShownHint returns the hint, for an error that is shown now: it may look at the machine, for at
// most [whose.Limit].
func (e *Error) ShownHint() string {
	if e.late != nil {
		return e.late()
	}
	return e.Hint
}

func (e *Error) Error() string { return e.Message }

// placeAt adds a position to an error that has none.
func (e *Error) placeAt(place string) {
	if _, _, ok := CutPlace(e.Message); !ok && place != "" {
		e.Message = place + ": " + e.Message
	}
}

// CutPlace splits "FILE:LINE: message"; ok is false if s does not begin with a position.
func CutPlace(s string) (place, rest string, ok bool) {
	line, _, _ := strings.Cut(s, "\n")
	i := strings.Index(line, ": ")
	if i < 0 {
		return "", s, false
	}
	j := strings.LastIndexByte(s[:i], ':')
	if j < 0 || strings.Trim(s[j+1:i], "0123456789") != "" || j+1 == i {
		return "", s, false
	}
	return s[:i], s[i+2:], true
}

// maxLevels is how many callers of a verb are examined.
const maxLevels = 200

// Place returns the position, FILE:LINE, of the script's line that called the verb. If a
// verb written in Lua made the call, it is the line that called that verb. It is "" for a
// call that no script made.
func (c *Call) Place() string {
	for level := 1; c.l != nil && level < maxLevels; level++ {
		if place := lua51.Where(c.l, level); place != "" {
			return strings.TrimSuffix(place, ": ")
		}
	}
	return ""
}

// Places returns the positions, FILE:LINE, of the calls on the stack, the innermost
// first.
func (c *Call) Places() []string {
	var places []string
	for level := 1; level < maxLevels; level++ {
		place := strings.TrimSuffix(lua51.Where(c.l, level), ": ")
		if place == "" {
			break
		}
		if len(places) == 0 || places[len(places)-1] != place {
			places = append(places, place)
		}
	}
	return places
}

// raise raises err as a table: op, handle, addr, code, message, and hint,
// where there is one. Its tostring is the message.
func (m *Machine) raise(L *lua.LState, c *Call, err error) {
	var again rethrow
	if errors.As(err, &again) && again.err.Value != nil {
		L.Error(again.err.Value, 0)
	}
	t := L.NewTable()
	put := func(key, value string) {
		if value != "" {
			t.RawSetString(key, lua.LString(value))
		}
	}
	put("op", c.Verb.Name)
	put("handle", c.handleName())
	var e *sockets.Error
	var ae *ArgumentError
	var failed *CheckError
	switch {
	case errors.As(err, &failed):
		switch tentative := m.current.tentative; {
		case failed.Count == nil:
		case tentative != nil:
			*tentative = failed
		default:
			failed.Count(failed.Text)
		}
		put("code", failed.Code)
		put("message", failed.Text)
	case errors.As(err, &ae) && ae.Hint != "" && errors.As(err, &e):
		put("code", sockets.Code(err))
		put("hint", ae.Hint)
		put("message", NameVerb(c.Verb.Name, err.Error()))
	case errors.As(err, &e):
		m.noteTimeout(c, e)
		put("op", e.Op)
		put("handle", e.Handle)
		put("addr", e.Addr)
		if whose.Concerns(err) {
			m.late.add(t, err)
		} else {
			put("hint", m.hint(err))
		}
		put("message", show.ErrorText(err))
		put("code", sockets.Code(err))
		if e.Size > 0 {
			t.RawSetString("sent", lua.LNumber(e.Sent))
		}
	case errors.As(err, &ae):
		put("code", "argument")
		put("hint", ae.Hint)
		put("message", NameVerb(c.Verb.Name, show.ErrorText(err)))
	default:
		put("code", sockets.Code(err))
		put("message", NameVerb(c.Verb.Name, show.ErrorText(err)))
	}
	// There is no position if the caller is not a line of a script, as in
	// pcall(connect, ...).
	put("where", strings.TrimSuffix(lua51.Where(L, 1), ": "))
	t.Metatable = m.errors
	L.Error(t, 1)
}

// noteTimeout tells the observer that a verb timed out.
func (m *Machine) noteTimeout(c *Call, e *sockets.Error) {
	h, observer := c.args[0].handle, m.observer(m.current.scope)
	if h == nil || observer == nil || sockets.Code(e) != "timeout" {
		return
	}
	text, _, _ := strings.Cut(e.Err.Error(), "\n")
	observer.TimedOut(h, e.Op+": "+strings.TrimSuffix(text, ":"))
}

// raiseCancelled raises the error of a cancelled verb, in cancelled Lua that calls no
// verb.
func (m *Machine) raiseCancelled(L *lua.LState) {
	m.current.ending = true
	cause := sockets.ContextCause(m.context(), time.Now())
	t := L.NewTable()
	t.RawSetString("code", lua.LString(sockets.Code(cause)))
	t.RawSetString("message", lua.LString(cause.Error()))
	t.RawSetString("where", lua.LString(strings.TrimSuffix(lua51.Where(L, 0), ": ")))
	t.Metatable = m.errors
	L.Error(t, 0)
}

// NameVerb puts a verb before the text of an error that does not name it.
func NameVerb(verb, text string) string {
	if strings.HasPrefix(text, verb+" ") || strings.HasPrefix(text, verb+":") {
		return text
	}
	return verb + ": " + text
}

// hint returns the hint that goes with err: its own, or the nearest names.
func (m *Machine) hint(err error) string {
	if name, ok := sockets.IsNoHandle(err); ok {
		return m.nearestHandle(name)
	}
	var unknown *sockopt.UnknownError
	if errors.As(err, &unknown) && len(unknown.Nearest) > 0 {
		return "did you mean " + strings.Join(unknown.Nearest, " or ") + "?"
	}
	return cmp.Or(whose.Hint(m.cfg.Table, err), hintOf(err))
}

// hintOf returns the own hint of an error of sockets, with the options of the verbs that may
// help.
func hintOf(err error) string {
	var e *sockets.Error
	var secure *tlsconf.Error
	switch {
	case !errors.As(err, &e):
		return ""
	case errors.As(err, &secure):
		return tlsHint(secure)
	case errors.Is(err, sockets.ErrPlaintext):
		return "recv reads it; keep=true keeps it as plaintext"
	case e.MaxDatagram > 0:
		return e.Hint + "; split=true sends several"
	}
	return e.Hint
}

// Hint returns the hint that goes with an error of Call, Run or Eval, or "".
func (m *Machine) Hint(err error) string {
	var ae *ArgumentError
	var se *Error
	switch {
	case errors.As(err, &ae) && ae.Hint != "":
		return ae.Hint
	case errors.As(err, &se):
		return se.ShownHint()
	}
	return m.hint(err)
}

// toError converts an error of PCall to an *Error.
func (m *Machine) toError(err error) *Error {
	var api *lua.ApiError
	if !errors.As(err, &api) {
		return &Error{Message: err.Error()}
	}
	e := &Error{Traceback: api.StackTrace, Value: api.Object}
	switch obj := api.Object.(type) {
	case *lua.LTable:
		if obj.Metatable == m.errors {
			e.Message = lua.LVAsString(obj.RawGetString("message"))
			e.Hint = lua.LVAsString(obj.RawGetString("hint"))
			if cause := m.late.of(obj); cause != nil {
				e.late = sync.OnceValue(func() string { return m.hint(cause) })
			}
			e.Code = lua.LVAsString(obj.RawGetString("code"))
			if where := lua.LVAsString(obj.RawGetString("where")); where != "" {
				e.Message = where + ": " + e.Message
			}
			return e
		}
		e.Message = m.tableText(obj)
	case nil, *lua.LNilType:
		e.Message = "nil"
		if api.Cause != nil {
			e.Message = api.Cause.Error()
		}
	case lua.LString:
		e.Message = string(obj)
		e.Hint = m.nearGlobal(e.Message)
	default:
		e.Message = m.ToString(obj)
	}
	return e
}

// tableText returns the text of a raised table: its __tostring, or its content.
func (m *Machine) tableText(t *lua.LTable) string {
	if m.l.GetMetaField(t, "__tostring") != lua.LNil {
		return m.ToString(t)
	}
	return inLine(lualib.InspectTable(m.l, t, m.quote(), shortValue))
}

// TestsHint is the hint for a verb of files of tests that is used elsewhere.
const TestsHint = "sosh test FILE runs the tests of a file"

// nearGlobal returns the hint for a Lua error about a nil global: the nearest names.
func (m *Machine) nearGlobal(message string) string {
	_, text, _ := CutPlace(message)
	what, text, ok := strings.Cut(text, " global '")
	name, ok2 := strings.CutSuffix(text, "' (a nil value)")
	if !ok || !ok2 || len(name) < 3 {
		return ""
	}
	if v := m.byName[name]; v != nil && v.TestOnly {
		return TestsHint
	}
	var fits []lua.LValueType
	switch what {
	case "attempt to call":
		fits = []lua.LValueType{lua.LTFunction}
	case "attempt to index":
		fits = []lua.LValueType{lua.LTTable, lua.LTUserData}
	case "attempt to perform arithmetic on", "attempt to concatenate", "attempt to get length of":
		fits = []lua.LValueType{lua.LTNumber, lua.LTString}
	}
	var names []string
	for k, v := range lua51.Each(m.l.G.Global) {
		if s, ok := k.(lua.LString); ok && slices.Contains(fits, v.Type()) {
			names = append(names, string(s))
		}
	}
	if m.cfg.Interactive && what == "attempt to index" {
		for _, h := range m.cfg.Table.Handles() {
			names = append(names, h.Name())
		}
	}
	slices.Sort(names)
	return show.DidYouMean(name, names)
}

// ToString is lualib.Text. The caller holds the lock.
func (m *Machine) ToString(v lua.LValue) string { return lualib.Text(m.l, v) }
