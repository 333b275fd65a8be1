package lualib

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// newState returns a state of Lua with the library.
func newState(t testing.TB) *lua51.Interp {
	t.Helper()
	in, err := lua51.New(lua51.Options{})
	if err != nil {
		t.Fatal(err)
	}
	Open(in.L, nil)
	t.Cleanup(func() { Close(in.L); in.Close() })
	return in
}

// eval runs Lua and returns its results, inspected and joined, or the error.
func eval(t testing.TB, in *lua51.Interp, src string) string {
	t.Helper()
	proto, err := lua51.Compile(src, "=test")
	if err != nil {
		t.Fatal(err)
	}
	values, raised := in.PCall(in.L, in.L.NewFunctionFromProto(proto))
	if raised != nil {
		return "error: " + Text(in.L, raised)
	}
	var parts []string
	for _, v := range values {
		parts = append(parts, Inspect(in.L, v, func(p []byte) string { return fmt.Sprintf("%q", p) }, 0))
	}
	return strings.Join(parts, " ")
}

// schemaCases are schemas, tables, and their bytes in hex.
var schemaCases = []struct{ name, schema, table, hex string }{
	{"integers", `{{"a","u8"},{"b","u16"},{"c","u24le"},{"d","i8"},{"e","i32le"},{"f","u64"},{"g","i16"}}`,
		`{a=1,b=2,c=3,d=-1,e=-2,f=uint64("0xffffffffffffffff"),g=-3}`, "01" + "0002" + "030000" + "ff" + "feffffff" + "ffffffffffffffff" + "fffd"},
	{"little", `{endian="little",{"a","u16"},{"b","u16be"},{"c","f32"},{"d","f64be"}}`,
		`{a=1,b=2,c=1.5,d=-2}`, "0100" + "0002" + "0000c03f" + "c000000000000000"},
	{"varints", `{{"a","leb128"},{"b","zigzag"},{"c","ber"},{"d","quic"},{"e","mqtt"}}`,
		`{a=300,b=-2,c=300,d=15293,e=268435455}`, "ac02" + "03" + "822c" + "7bbd" + "ffffff7f"},
	{"bits", `{{"flags","{dup:1 qos:2 retain:1 kind:4}"},{"{a:3 _:5}"},{"b","u8"}}`,
		`{flags={dup=1,qos=2,retain=0,kind=9},a=5,b=7}`, "c9" + "a0" + "07"},
	{"strings", `{{"a","bytes",size=4},{"b","zstring"},{"c","bytes",prefix="u8"},{"d","bytes",prefix="leb128"},{"e","bytes"}}`,
		`{a="abcd",b="xy",c="z",d="",e="rest"}`, "61626364" + "787900" + "017a" + "00" + "72657374"},
	{"length of", `{{"n","u16"},{"kind","u8"},{"body","bytes",size="n"}}`, `{kind=1,body="abc"}`, "0003" + "01" + "616263"},
	{"length of more", `{{"n","u8"},{"body","bytes",size="n",plus=1}}`, `{body="abc"}`, "04" + "616263"},
	{"length in a header", `{{"head",{{"kind","u8"},{"len","u16"}}},{"body",{{"a","u8"},{"b","u8"}},size="head.len"}}`,
		`{head={kind=9},body={a=1,b=2}}`, "090002" + "0102"},
	{"length in bits", `{{"{kind:4 len:4}"},{"body","bytes",size="len"}}`, `{kind=1,body="ab"}`, "12" + "6162"},
	{"length outside", `{{"len","u8"},{"inner",{{"x","u8"},{"data","bytes",size="len"}}}}`, `{inner={x=1,data="abc"}}`, "03" + "01" + "616263"},
	{"varint length", `{{"n","mqtt"},{{{"a","u8"},{"b","bytes"}},size="n"}}`, `{a=1,b=("x"):rep(200)}`, "c901" + "01" + strings.Repeat("78", 200)},
	{"count of", `{{"n","u8"},{"m","u8"},{"list","u16",count="n"},{"pairs",{{"k","u8"},{"v","bytes",prefix="u8"}},count="m"}}`,
		`{list={1,2,3},pairs={{k=1,v="a"},{k=2,v=""}}}`, "03" + "02" + "000100020003" + "010161" + "0200"},
	{"list to the end", `{{"n","u8"},{"list",{"bytes",prefix="u8"},list=true,size="n"},{"rest","u8",list=true}}`,
		`{list={"a","bc"},rest={1,2}}`, "05" + "0161" + "026263" + "0102"},
	{"switch", `{{"t","u8",enum={[1]="num",[2]="text"}},{"v",switch="t",cases={num="u16",text={"bytes",prefix="u8"}}}}`,
		`{t="text",v="hi"}`, "02" + "026869"},
	{"switch, merged", `{{"t","u8"},{switch="t",cases={["1"]={{"a","u8"}}},otherwise={{"b","u16"}}}}`, `{t=7,b=5}`, "07" + "0005"},
	{"tlv", `{{"options",{{"type","u8"},{"value",prefix="u8",switch="type",cases={["1"]="u16"},otherwise="bytes"}},list=true}}`,
		`{options={{type=1,value=5},{type=2,value="abc"}}}`, "01020005" + "0203616263"},
	{"const", `{{"magic","bytes",const="SO"},{"v","u8",const=4},{"_","u16"},{"x","u8",default=7}}`, `{}`, "534f" + "04" + "0000" + "07"},
	{"when", `{{"flags","{a:1 b:1 _:6}"},{"x","u8",when="flags.a"},{"y","u8",when=function(m) return m.flags.b == 1 end}}`,
		`{flags={b=1},y=3}`, "40" + "03"},
	{"optional", `{{"a",{{"x","u8"},{"y","u8",optional=true},{"z","u8",list=true,optional=true}},prefix="u8"},{"b",{{"y","u8",optional=true}},prefix="u8"}}`,
		`{a={x=1,y=2},b={}}`, "02" + "0102" + "00"},
	{"sum", `{{"a","u8"},{"b","bytes",prefix="u8"},{"crc","u32",sum="crc32",over={"a","b"}}}`, `{a=1,b="hi"}`, "01" + "026869" + "03365444"},
	{"sum by a function", `{{"body","bytes",size=2},{"x","u8",sum=function(s) return s:byte(1) + s:byte(2) end,over="body"}}`, `{body="\1\2"}`, "0102" + "03"},
	{"nested list", `{{"rows",{{"n","u8"},{"cells","u8",count="n"}},prefix="u16",list=true}}`,
		`{rows={{cells={1,2}},{cells={}}}}`, "0004" + "020102" + "00"},
}

// Each table gives its bytes, and these the table again; with a byte less there are
// more needed, or it is the end of what has no length.
func TestSchema(t *testing.T) {
	for _, test := range schemaCases {
		t.Run(test.name, func(t *testing.T) {
			in := newState(t)
			pre := "local s = schema" + test.schema + "\nlocal t = " + test.table + "\nlocal bytes = hex.decode('" + test.hex + "')\n"
			if got := eval(t, in, pre+"return hex.encode(s:encode(t))"); got != fmt.Sprintf("%q", test.hex) {
				t.Fatalf("encode: %s, want %s", got, test.hex)
			}
			if got := eval(t, in, pre+`local m, rest = s:decode(bytes)
for k, v in pairs(t) do
	local function same(a, b, at)
		if type(a) == "table" then for k, v in pairs(a) do same(v, b[k], at .. "." .. tostring(k)) end
		elseif a ~= b then error(at .. ": " .. tostring(a) .. ", " .. tostring(b)) end
	end
	same(v, m[k], k)
end
return #rest, hex.encode(s:encode(m))`); got != fmt.Sprintf("0 %q", test.hex) {
				t.Fatalf("decode: %s", got)
			}
			if got := eval(t, in, pre+`for n = 0, #bytes - 1 do
	local ok, m, rest = pcall(s.decode, s, bytes:sub(1, n))
	if not ok then return "error " .. n .. ": " .. tostring(m) end
	if m and s:encode(m) ~= bytes:sub(1, n) then return n, m end
end
return "more"`); got != `"more"` {
				t.Fatalf("cut: %s", got)
			}
		})
	}
}

// The errors of decoding name the field and the offset, those of encoding the field.
func TestSchemaErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{`schema{{"head",{{"flags","{a:4 b:4}"},{"qos","u8",max=2}}}}:decode("\0\3")`, "schema:decode: head.qos at byte 1: got 3 (expected at most 2)"},
		{`schema{{"m","bytes",const="GET "}}:decode("GEX")`, `schema:decode: m at byte 0: got "GEX", want "GET "`},
		{`schema{{"n","u8"},{"l",{{"a","u16"}},count="n",size=3}}:decode("\2\0\0\0")`, "schema:decode: l[2].a at byte 3: 1 byte left (expected 2)"},
		{`schema{{"n","u8"},{"l","u8",size="n"}}:decode("\2ab")`, "schema:decode: l at byte 2: 1 byte left after the value, of 2"},
		{`schema{{"n","u32"},{"l","bytes",size="n"}}:decode("\255\255\255\255")`, "schema:decode: l at byte 4: bad length 4294967295 (expected 0 to 1073741824)"},
		{`schema{{"n","u32"},{"l","bytes",size="n"}}:decode("\63\0\0\0")`, "schema:decode: l at byte 4: bad length 1056964608 (expected 0 to 16777216)"},
		{`schema{max=4,{"l","bytes",prefix="u8"}}:decode("\5")`, "schema:decode: l at byte 0: bad length 5 (expected 0 to 4)"},
		{`schema{{"n","u32"},{"l","u8",count="n"}}:decode("\0\255\255\255")`, "schema:decode: l at byte 4: bad count 16777215 (expected at most 100000)"},
		{`schema{{"n","mqtt"}}:decode("\255\255\255\255\1")`, "schema:decode: n at byte 0: an integer of more than 4 bytes"},
		{`schema{{"t","u8"},{"v",switch="t",cases={["1"]="u8"}}}:decode("\2a")`, "schema:decode: v at byte 1: no case for 2"},
		{`schema{{"a","u8"},{"x","u8",sum=function() return 5 end,over="a"}}:decode("ab")`, "schema:decode: x at byte 1: got the sum 98, want 5"},
		{`schema{{"l","bytes",list=true,size=2}}:decode("ab")`, ""},
		{`schema{{"a",{{"b","u8"}}}}:encode{a={}}`, "schema:encode: a.b: missing"},
		{`schema{{"a","u8",list=true}}:encode{a={1,"x"}}`, `schema:encode: a[2]: got "x" (expected a number)`},
		{`schema{{"a","{q:2 _:6}"}}:encode{a={q=4}}`, "schema:encode: a.q: got 4 (expected 0 to 3)"},
		{`schema{{"a","u8",enum={[1]="x"}}}:encode{a="y"}`, `schema:encode: a: no value "y"`},
		{`schema{{"n","u8"},{"b","bytes",size="n"}}:encode{b=("x"):rep(256)}`, "schema:encode: n: got 256, which does not fit"},
		{`schema{{"a","u8",const=1}}:encode{a=2}`, "schema:encode: a: got 2, want 1"},
		{`schema{{"a","i8"}}:encode{a=-129}`, "schema:encode: a: got -129, which does not fit"},
		{`schema{{"a","bytes",size=2}}:encode{a="abc"}`, "schema:encode: a: 3 bytes (expected 2)"},
		{`schema{{"a","u7"}}`, "test:1: bad argument #1 to 'schema' (field a: bad type \"u7\" (" + specTypes + "))"},
		{`schema{{"a","u8",sise=1}}`, `test:1: bad argument #1 to 'schema' (field a: no attribute "sise" of a field (expected size, prefix, plus, count, list, const, default, enum, min, max, when, optional, switch, cases, otherwise, sum, over))`},
		{`schema{{"a","bytes",size="b"},{"b","u8"}}`, "test:1: bad argument #1 to 'schema' (field a: its length or count b must come before it)"},
		{`schema{{"a","u8"},{"a","u8"}}`, "test:1: bad argument #1 to 'schema' (two fields have the name a)"},
		{`schema{{"{a:3}"}}`, `test:1: bad argument #1 to 'schema' (field 1: bad bit fields "{a:3}" (expected whole bytes in braces))`},
	}
	in := newState(t)
	for _, test := range tests {
		got := eval(t, in, test.src)
		if want := "error: " + test.want; got != want && !(test.want == "" && !strings.HasPrefix(got, "error")) {
			t.Errorf("%s\n got %s\nwant %s", test.src, got, want)
		}
	}
	// A schema that nests itself by a case ends.
	deep := `local t = {{"n","u8"}}
for i = 1, 40 do t = {{"t", t}} end
return schema(t)`
	if got := eval(t, in, deep); !strings.Contains(got, "nested more than 32 levels deep") {
		t.Errorf("deep: %s", got)
	}
}

// Whatever comes, decoding ends with a message, with an error, or wants more.
func TestSchemaNoise(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	in := newState(t)
	for _, test := range schemaCases {
		eval(t, in, "s = schema"+test.schema)
		s := in.L.GetGlobal("s").(*lua.LUserData).Value.(*Schema)
		for range 300 {
			p := make([]byte, rng.Intn(40))
			rng.Read(p)
			m, n, err := s.decode(in.L, string(p))
			if err == nil && (n > len(p) || m == nil) {
				t.Fatalf("%s: %q: %d bytes used", test.name, p, n)
			}
		}
	}
}
