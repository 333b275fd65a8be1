package decoders

import (
	"errors"
	"testing"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// again decodes the parts of a talk, encodes each message, and decodes that.
const again = `
local name, datagram, parts = ...
local c = codec[name]
if not c.encode then return end
local function side() return {datagram = datagram, flows = {client = {}, server = {}}} end
local first, second, third = side(), side(), side()
local function set(state, from)
	state.from, state.flow, state.ended = from, state.flows[from], datagram
	return state
end
local function length(buffer, used) return type(used) == "string" and #buffer - #used or used end
for i, part in ipairs(parts) do
	local from, buffer = part[1], part[2]
	while buffer ~= "" do
		local m, used = c.decode(buffer, set(first, from))
		assert(m ~= nil, "no message in " .. inspect(buffer))
		local text = inspect(m, 5000)
		local bytes = c.encode(m, set(second, from))
		local m2, used2 = c.decode(bytes, set(third, from))
		if m2 == nil or inspect(m2, 5000) ~= text or length(bytes, used2) ~= #bytes then
			error(("part %d: %s\nis encoded as %s\nand decoded as %s, of %s bytes"):format(i, text, inspect(bytes, 2000), inspect(m2, 5000), tostring(used2 and length(bytes, used2))), 0)
		end
		buffer = buffer:sub(length(buffer, used) + 1)
	end
end
`

// What is decoded can be encoded, and gives the same again.
func TestEncodeAgain(t *testing.T) {
	for _, talk := range talks {
		t.Run(talk.codec+" "+talk.name, func(t *testing.T) {
			e := open(t, talk.codec).engine
			L := e.in.L
			proto, err := lua51.Compile(again, "=again")
			if err != nil {
				t.Fatal(err)
			}
			parts := L.NewTable()
			for _, p := range talk.parts {
				part := L.NewTable()
				part.Append(lua.LString([]string{"server", "client"}[p.d]))
				part.Append(lua.LString(p.data))
				parts.Append(part)
			}
			if _, raised := e.in.PCall(L, L.NewFunctionFromProto(proto), lua.LString(talk.codec), lua.LBool(talk.datagram), parts); raised != nil {
				t.Error(errorText(L, raised))
			}
		})
	}
}

// The errors of encoding say what was expected.
func TestEncodeErrors(t *testing.T) {
	L := lua.NewState() // of the message
	defer L.Close()
	message := L.NewTable()
	message.RawSetString("type", lua.LString("PING"))
	n := open(t, "mqtt").NewConn(false, false)
	if p, err := n.Encode(message); err != nil || string(p) != "\xc0\x00" {
		t.Errorf("a ping: %q, %v", p, err)
	}
	message.RawSetString("type", lua.LString("NOSUCH"))
	if _, err := n.Encode(message); err == nil {
		t.Error("NOSUCH is encoded")
	}
	message.RawSetString("f", L.NewFunction(func(*lua.LState) int { return 0 }))
	if _, err := n.Encode(message); err == nil || errors.Is(err, errSlow) {
		t.Errorf("a function: %v", err)
	}
	loop := L.NewTable()
	loop.RawSetString("loop", loop)
	n.Encode(loop) // ends
}

// FuzzDecode feeds bytes in two pieces to each codec: none is lost.
func FuzzDecode(f *testing.F) {
	for i, name := range Names() {
		for _, talk := range talks {
			if talk.codec == name {
				for _, p := range talk.parts {
					if len(p.data) < 1000 {
						f.Add(i, p.data, len(p.data)/2, p.d == In, talk.datagram)
					}
				}
			}
		}
	}
	codecs := make([]*Codec, len(Names()))
	for i, name := range Names() {
		codecs[i] = open(f, name)
	}
	f.Fuzz(func(t *testing.T, i int, data string, cut int, in, datagram bool) {
		if i < 0 || i >= len(codecs) || cut < 0 || cut > len(data) {
			t.Skip()
		}
		d := Out
		if in {
			d = In
		}
		n := codecs[i].NewConn(false, datagram)
		defer n.Close()
		checkFeed(t, n, d, []byte(data[:cut]))
		checkFeed(t, n, d, []byte(data[cut:]))
		n.End(d)
	})
}
