package lualib

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"hash/crc32"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// hashes are the hash functions by name.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
}

var hashFunctions = []Function{
	hashFunction("md5", `print(hex.encode(hash.md5("abc")))`, "900150983cd24fb0d6963f7d28e17f72\n"),
	hashFunction("sha1", `print(hex.encode(hash.sha1("abc")))`, "a9993e364706816aba3e25717850c26c9cd0d89d\n"),
	hashFunction("sha224", `print(hex.encode(hash.sha224("abc")))`, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7\n"),
	hashFunction("sha256", `print(hex.encode(hash.sha256("abc")))`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"),
	hashFunction("sha384", `print(#hash.sha384("abc"))`, "48\n"),
	hashFunction("sha512", `print(#hash.sha512("abc"))`, "64\n"),
	{
		Name: "hash.hmac", Params: "name, key, bytes", Returns: []luadoc.Result{{Name: "raw bytes", Type: "string"}}, Summary: "compute an HMAC (RFC 2104) with the named hash function",
		Example: `print(hex.encode(hash.hmac("md5", "Jefe", "what do ya want for nothing?")))`,
		Prints:  "750c783e6ab0b503eaa86e310a5db738\n",
		Run: func(L *lua.LState) int {
			name := lua51.CheckOption(L, 1, "", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")
			h := hmac.New(hashes[name], []byte(lua51.CheckString(L, 2)))
			h.Write([]byte(lua51.CheckString(L, 3)))
			L.Push(lua.LString(h.Sum(nil)))
			return 1
		},
	},
	{
		Name: "hash.pbkdf2", Params: "name, password, salt, iterations [, length]", Returns: []luadoc.Result{{Name: "raw bytes", Type: "string"}}, Summary: "derive a key from a password (PBKDF2, RFC 8018) with the HMAC of the named hash function; the default length is that of the hash",
		Example: `print(hex.encode(hash.pbkdf2("sha1", "password", "salt", 2)))`, Prints: "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957\n",
		Run: hashPBKDF2,
	},
	{
		Name: "crc32", Params: "bytes [, crc]", Returns: []luadoc.Result{{Type: "integer", Doc: "a number from 0 to 2^32-1"}}, Summary: "compute the CRC-32 of bytes (IEEE 802.3, as in gzip); crc is the result for the bytes before them",
		Example: `print(crc32("123456789"), crc32("56789", crc32("1234")))`, Prints: "3421780262\t3421780262\n",
		Run: func(L *lua.LState) int {
			crc := uint32(lua51.OptNumber(L, 2, 0))
			L.Push(lua.LNumber(crc32.Update(crc, crc32.IEEETable, []byte(lua51.CheckString(L, 1)))))
			return 1
		},
	},
}

// maxRounds limits the work of hash.pbkdf2, in calls of the HMAC, to a second or
// two, since it cannot be interrupted.
const maxRounds = 2_000_000

func hashPBKDF2(L *lua.LState) int {
	name := lua51.CheckOption(L, 1, "", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")
	rounds, size := lua51.CheckInt(L, 4), hashes[name]().Size()
	length := lua51.OptInt(L, 5, size)
	switch {
	case rounds < 1 || rounds > maxRounds:
		lua51.ArgError(L, 4, fmt.Sprintf("expected 1 to %d iterations", maxRounds))
	case length < 1 || length > maxRounds/rounds*size:
		lua51.ArgError(L, 5, fmt.Sprintf("expected 1 to %d bytes for that many iterations", maxRounds/rounds*size))
	}
	key, err := pbkdf2.Key(hashes[name], lua51.CheckString(L, 2), []byte(lua51.CheckString(L, 3)), rounds, length)
	if err != nil {
		Failf(L, "hash.pbkdf2", "%v", err)
	}
	L.Push(lua.LString(key))
	return 1
}

func hashFunction(name, example, prints string) Function {
	return Function{
		Name: "hash." + name, Params: "bytes", Returns: []luadoc.Result{{Name: "raw bytes", Type: "string"}}, Summary: "compute the " + name + " hash of bytes",
		Example: example, Prints: prints,
		Run: func(L *lua.LState) int {
			h := hashes[name]()
			h.Write([]byte(lua51.CheckString(L, 1)))
			L.Push(lua.LString(h.Sum(nil)))
			return 1
		},
	}
}
