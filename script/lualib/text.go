package lualib

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"sosh/internal/luadoc"
	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// textFunctions convert bytes to text and back.
var textFunctions = []Function{
	{
		Name: "hex.encode", Params: "bytes [, separator]", Returns: []luadoc.Result{{Type: "string"}}, Summary: "encode bytes as hex, two digits each",
		Example: `print(hex.encode("GET"), hex.encode("\1\2\255", " "))`, Prints: "474554\t01 02 ff\n",
		Run: func(L *lua.LState) int {
			s, sep := hex.EncodeToString([]byte(lua51.CheckString(L, 1))), lua51.OptString(L, 2, "")
			if sep != "" {
				var b strings.Builder
				for i := 0; i < len(s); i += 2 {
					if i > 0 {
						b.WriteString(sep)
					}
					b.WriteString(s[i : i+2])
				}
				s = b.String()
			}
			L.Push(lua.LString(s))
			return 1
		},
	},
	{
		Name: "hex.decode", Params: "digits", Returns: []luadoc.Result{{Name: "bytes", Type: "string"}}, Summary: "decode hex digits; white space and colons between bytes are ignored",
		Example: `print(hex.decode("48 65 6c 6c 6f"))`, Prints: "Hello\n",
		Run: func(L *lua.LState) int {
			s := lua51.CheckString(L, 1)
			digits := strings.Map(func(r rune) rune {
				if strings.ContainsRune(" \t\r\n:", r) {
					return -1
				}
				return r
			}, s)
			p, err := hex.DecodeString(digits)
			var bad hex.InvalidByteError
			switch {
			case errors.As(err, &bad):
				Failf(L, "hex.decode", "%s at byte %d is not a hex digit", show.Quote([]byte{byte(bad)}), strings.IndexByte(s, byte(bad))+1)
			case err != nil:
				Failf(L, "hex.decode", "%d digits (expected an even number)", len(digits))
			}
			L.Push(lua.LString(p))
			return 1
		},
	},
	{
		Name: "base64.encode", Params: `bytes [, "url"]`, Returns: []luadoc.Result{{Type: "string"}}, Summary: "encode bytes as base64 (RFC 4648), padded; with \"url\" in the URL alphabet, without padding",
		Example: `print(base64.encode("hello?>"), base64.encode("hello?>", "url"))`, Prints: "aGVsbG8/Pg==\taGVsbG8_Pg\n",
		Run: func(L *lua.LState) int {
			L.Push(lua.LString(base64Encoding(L).EncodeToString([]byte(lua51.CheckString(L, 1)))))
			return 1
		},
	},
	{
		Name: "base64.decode", Params: `text [, "url"]`, Returns: []luadoc.Result{{Name: "bytes", Type: "string"}}, Summary: "decode base64; it accepts only what encode writes, and an error gives the position",
		Example: `print(base64.decode("aGVsbG8="))` + "\n" + `print(pcall(base64.decode, "aGV$"))`,
		Prints:  "hello\nfalse\tbase64.decode: bad base64 at byte 4\n",
		Run: func(L *lua.LState) int {
			s := lua51.CheckString(L, 1)
			if i := strings.IndexAny(s, "\r\n"); i >= 0 { // which package base64 passes over
				Failf(L, "base64.decode", "bad base64 at byte %d", i+1)
			}
			p, err := base64Encoding(L).Strict().DecodeString(s)
			var bad base64.CorruptInputError
			if errors.As(err, &bad) {
				Failf(L, "base64.decode", "bad base64 at byte %d", int(bad)+1)
			}
			L.Push(lua.LString(p))
			return 1
		},
	},
	{
		Name: "xor", Params: "bytes, key [, offset]", Returns: []luadoc.Result{{Type: "string"}}, Summary: "combine bytes with a repeated key by exclusive or, from offset in the key",
		Example: `local masked = xor("hello", "\1\2\3\4")
print(hex.encode(masked), xor(masked, "\1\2\3\4"))`, Prints: "69676f686e\thello\n",
		Run: func(L *lua.LState) int {
			s, key := []byte(lua51.CheckString(L, 1)), lua51.CheckString(L, 2)
			if key == "" {
				lua51.ArgError(L, 2, "the key is empty")
			}
			at := lua51.OptInt(L, 3, 0)
			if at < 0 {
				lua51.ArgError(L, 3, "the offset is negative")
			}
			at %= len(key)
			for i := range s {
				s[i] ^= key[at]
				if at++; at == len(key) {
					at = 0
				}
			}
			L.Push(lua.LString(s))
			return 1
		},
	},
	{
		Name: "hexdump", Params: "bytes", Returns: []luadoc.Result{{Type: "string", Doc: "a string of lines"}}, Summary: "format bytes as a hexdump: offset, digits, text",
		Example: `print(hexdump("GET / HTTP/1.1\r\n"))`,
		Prints:  "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n",
		Run: func(L *lua.LState) int {
			L.Push(lua.LString(strings.TrimSuffix(show.HexdumpWidth([]byte(lua51.CheckString(L, 1)), 0, 0), "\n")))
			return 1
		},
	},
	{
		Name: "inspect", Params: "value [, bytes]", Returns: []luadoc.Result{{Type: "string"}}, Summary: "return a value as text of one line, strings quoted and escaped, tables with their contents",
		Help:    "After so many bytes, by default 200, the rest may be left out.",
		Example: `print(inspect("a\n\27[2J"), inspect{1, "x", k = true})`, Prints: `"a\n\x1b[2J"` + "\t" + `{1, "x", k = true}` + "\n",
		Run: func(L *lua.LState) int {
			limit := max(lua51.OptInt(L, 2, 200), 8)
			text := Inspect(L, L.Get(1), show.Quote, limit)
			L.Push(lua.LString(show.Truncate(strings.ReplaceAll(text, "\n", " "), limit)))
			return 1
		},
	},
	{
		Name: "show", Params: "value...", Summary: "print values like print, with control characters escaped",
		Help:    "Newlines, tabs and printable characters stay, and a backslash is doubled. Use it to print what a peer has sent: in sosh run, print writes bytes unescaped.",
		Example: `show("a\27[2Jb", 42)`, Prints: "a\\x1b[2Jb\t42\n",
		Run: func(L *lua.LState) int {
			texts := make([]string, L.GetTop())
			for i := range texts {
				texts[i] = show.Text([]byte(lua.LVAsString(lua51.ToString(L, L.Get(i+1)))))
			}
			lua51.InterpOf(L).Stdout.Write([]byte(strings.Join(texts, "\t") + "\n"))
			return 0
		},
	},
}

func base64Encoding(L *lua.LState) *base64.Encoding {
	if lua51.CheckOption(L, 2, "std", "std", "url") == "url" {
		return base64.RawURLEncoding
	}
	return base64.StdEncoding
}
