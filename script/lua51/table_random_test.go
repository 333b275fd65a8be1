package lua51

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"sosh/internal/racedetector"

	lua "github.com/yuin/gopher-lua"
)

// randomTables is a program of random operations on tables, which prints digests of
// what it sees. It gets a seed, and how many.
const randomTables = `
local seed, rounds = ...
local digest = 0
local function random(n) seed = seed * 16807 % 2147483647 return seed % n + 1 end
local function see(x)
  local n = x
  if x == nil then n = 1 elseif type(x) == "string" then n = #x + (x:byte(-1) or 0) elseif type(x) ~= "number" then n = x and 2 or 3 end
  digest = (digest * 31 + n) % 1000003
end
local things = {}
for i = 1, 20 do things[i] = {i} end
local bases = {60000000, 67108860, 2^31, 2^53}
local makeKey = {
  function(n) return random(n) end,
  function(n) return random(n) * 3 end,
  function(n) return -random(n) + 1 end,
  function(n) return bases[random(4)] + random(n) end,
  function(n) return random(n) + 0.5 end,
  function(n) return "k" .. random(n) end,
  function(n) return things[random(20)] end,
  function(n) return random(2) == 1 end,
  function(n) return 2 ^ random(30) end,
}
local function border(t) local n = #t assert((n == 0 or t[n] ~= nil) and t[n + 1] == nil, n) end
local function number(k) return type(k) == "number" and k % 65536 or type(k) == "string" and #k or type(k) == "table" and k[1] or 7 end
local function sum(t)
  local n, s = 0, 0
  for k, v in pairs(t) do n, s = n + 1, (s + number(k) * 7 + v) % 1000003 end
  see(n) see(s)
  for i, v in ipairs(t) do see(v) end
  border(t)
end
-- any keys, and traversals that remove and set fields
local function any()
  local t, size = {}, ({5, 20, 100, 1000})[random(4)]
  local from, to = random(#makeKey), 0
  to = math.min(#makeKey, from + random(3) - 1)
  for _ = 1, random(40) do
    local what = random(12)
    if what <= 4 then
      for _ = 1, random(size) do t[makeKey[from + random(to - from + 1) - 1](size)] = random(1000) end
    elseif what <= 6 then
      for _ = 1, random(size) do t[makeKey[from + random(to - from + 1) - 1](size)] = nil end
    elseif what == 7 then
      local step = random(2) == 1 and 1 or -1
      for i = step > 0 and 1 or size, step > 0 and size or 1, step do t[i] = i end
    elseif what == 8 then
      local base = random(3) * size
      for i = base, base + size * 2 do t[i] = i t[i - 5] = nil end
    elseif what == 9 then
      local seen, n = {}, 0
      for k, v in pairs(t) do
        assert(not seen[k] and t[k] == v)
        seen[k], n = true, n + 1
        if v % 3 == 0 then t[k] = nil elseif v % 3 == 1 then t[k] = v + 1 end
      end
      see(n)
    elseif what == 10 then
      local k, n = next(t), 0
      while k ~= nil do t[k], n, k = nil, n + 1, next(t) end
      if k == nil then see(n) end
    elseif what == 11 then
      for _ = 1, 20 do see(rawget(t, makeKey[random(#makeKey)](size))) end
      rawset(t, makeKey[random(#makeKey)](size), 5)
    else
      local k = next(t)
      while k ~= nil do local was = k k = next(t, k) if t[was] % 2 == 0 then t[was] = nil end end
    end
    sum(t)
  end
end
-- sequences, with other keys beside
local function sequence()
  local t, n = {}, 0
  for _ = 1, random(60) do
    local what = random(14)
    if what <= 2 then for _ = 1, random(70) do n = n + 1 t[#t + 1] = n end
    elseif what == 3 then for _ = 1, random(70) do table.insert(t, random(99)) end
    elseif what == 4 then for _ = 1, random(10) do table.insert(t, random(#t + 1), random(99)) end
    elseif what == 5 then for _ = 1, random(60) do see(table.remove(t)) end
    elseif what == 6 then for _ = 1, random(10) do see(table.remove(t, random(#t + 1))) end
    elseif what == 7 then for _ = 1, random(60) do t[#t] = nil end t[0] = nil
    elseif what == 8 then table.sort(t)
    elseif what == 9 then table.sort(t, function(a, b) return a > b end)
    elseif what == 10 then local s = table.concat(t, ",", 1, math.min(#t, 50)) see(#s) see(s)
    elseif what == 11 then local a, b, c = unpack(t, random(5)) see(a) see(b) see(c) see(select("#", unpack(t, 1, math.min(#t, 200))))
    elseif what == 12 then t["x" .. random(30)] = random(9) t[-random(30)] = random(9) t[random(9) / 16] = 1
    elseif what == 13 then t["x" .. random(30)] = nil t[-random(30)] = nil t = {9, 8, 7, x = 1, y = 2, unpack(t, 1, math.min(#t, 300))}
    else see(table.maxn(t)) see(table.getn(t)) table.foreachi(t, function(i, v) see(v) end) local s = 0 table.foreach(t, function(k, v) s = s + v end) see(s) end
    see(#t) see(t[#t]) see(t[#t + 1])
  end
  sum(t)
end
for _ = 1, rounds do
  any() sequence()
  print(digest)
end
`

// TestRandomTables compares what random operations on tables give with lua5.1.
func TestRandomTables(t *testing.T) {
	t.Parallel()
	path := lua51(t)
	again := rounds(1)
	for seed := firstSeed(t); again(); seed++ {
		src := fmt.Sprintf("local function main(...) %s end main(%d, %d)", randomTables, seed%2147483646+1, racedetector.Fewer(100))
		want := peerLua(t, path, src)
		if got := runLua(t, src, "stdin"); got != want {
			t.Fatalf("the program prints\n%s\nand lua5.1\n%s\n-lua.seed=%d", got, want, seed)
		}
	}
}

// TestTableParts compares a table that our functions and gopher-lua's change with a
// map, and looks at what internals_table.go promises.
func TestTableParts(t *testing.T) {
	L := newState(t)
	seed := time.Now().UnixNano()
	r := rand.New(rand.NewSource(seed))
	t.Logf("seed %d", seed)
	for range racedetector.Fewer(300) {
		tb := &lua.LTable{Metatable: lua.LNil}
		model := make(map[lua.LValue]lua.LValue)
		var places nextPlaces
		size := 2 + r.Intn(60)
		for range 1 + r.Intn(400) {
			var key lua.LValue = lua.LNumber(1 + r.Intn(size))
			var v lua.LValue = lua.LNumber(r.Intn(9))
			if r.Intn(3) == 0 {
				v = lua.LNil
			}
			switch r.Intn(8) {
			case 0:
				key = lua.LString(fmt.Sprint(r.Intn(size)))
				tb.RawSetString(string(key.(lua.LString)), v)
			case 1:
				key = lua.LNumber(r.Intn(size)) + 0.5
				if v == lua.LNil {
					Set(tb, key, v)
				} else {
					tb.RawSet(key, v)
				}
			case 2:
				key = lua.LString(fmt.Sprint(r.Intn(size)))
				Set(tb, key, v)
			case 3:
				key = lua.LNumber(1000 + r.Intn(size))
				Set(tb, key, v)
			case 4:
				key = lua.LBool(r.Intn(2) == 0)
				Set(tb, key, v)
			default:
				SetInt(tb, int(key.(lua.LNumber)), v)
			}
			if model[key] = v; v == lua.LNil {
				delete(model, key)
			}
			checkParts(t, L, tb, model, &places)
		}
	}
}

func checkParts(t *testing.T, L *lua.LState, tb *lua.LTable, model map[lua.LValue]lua.LValue, places *nextPlaces) {
	t.Helper()
	p := partsOf(tb)
	n := 0
	for k, v := range Each(tb) {
		if model[k] != v || Get(tb, k) != v {
			t.Fatalf("the value of %v is %v and %v, want %v", k, v, Get(tb, k), model[k])
		}
		n++
	}
	if n != len(model) {
		t.Fatalf("%d keys, want %d: %+v", n, len(model), p)
	}
	k, _, ok := places.next(L, tb, lua.LNil)
	for ; ok && k != lua.LNil; n-- {
		k, _, ok = places.next(L, tb, k)
	}
	if !ok || n != 0 {
		t.Fatalf("next leaves %d keys, %v: %+v", n, ok, p)
	}
	end := len(p.array)
	if end > 0 && p.array[end-1] == lua.LNil || GetInt(tb, end+1) != lua.LNil || length(tb) != end || tb.Len() != end {
		t.Fatalf("%d is no border: %+v", end, p)
	}
	h := p.others()
	if listed := len(p.keys); listed < len(p.strdict) || h != nil && listed <= len(p.strdict) {
		t.Fatalf("keys are not listed: %+v", p)
	}
	if h == nil {
		return
	}
	alive := 0
	for _, e := range h.entries {
		if !isNil(e.value) {
			alive++
		}
	}
	if alive != h.alive {
		t.Fatalf("%d other keys, want %d: %+v", alive, h.alive, h)
	}
}
