-- Details of the library that scripts rely on.
print(pcall(function() assert(false, "msg") end))
print(pcall(function()
  assert(nil)
end))
print(pcall(assert, false, "without a position"))
print(pcall(function() assert(false, {}) end))
print(assert(1, 2, 3))
print(select("#", ("abc"):gmatch("x")()), select("#", ("abc"):gmatch("b")()))
for _, s in ipairs{"0x1p4", "0x.8", "0xA.8p1", "0x1.", "0x.", "0x", "0xp1", "0x1p", "0x1p+", "0x1p-2", "0x1P+3", "0x1p+-3", "0x1.8.1", "-0x1p4", "0x1g", "0x 1", "0x1_0", "0x1e5", "0x1p4x", "0X1P1"} do
  io.write(s, "=", tostring(tonumber(s)), " ")
end
print("0x.8" + 1)
local f = loadstring("return 1", "@" .. ("x"):rep(40) .. ("y"):rep(60))
print(debug.getinfo(f).short_src, #debug.getinfo(f).source)
f = loadstring("return 1", "@" .. ("x"):rep(52))
print(debug.getinfo(f).short_src)
for _, name in ipairs{"", "=", "@", "=x", "x\ny"} do
  local info = debug.getinfo(loadstring("return 1", name))
  print(info.source, info.short_src)
end
