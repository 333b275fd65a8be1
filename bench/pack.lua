-- Run by bench/pack.sh.
local pack, unpack = string.pack, string.unpack
local t = os.clock()
local s
for i = 1, 1000000 do s = pack(">I2 I4 s1 B", i % 65536, i, "hello", 7) end
local a = os.clock() - t
t = os.clock()
for i = 1, 1000000 do local a,b,c,d,e = unpack(">I2 I4 s1 B", s) end
print(string.format("pack %.2f unpack %.2f us", a, os.clock() - t))
