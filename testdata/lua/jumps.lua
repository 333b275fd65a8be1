-- Loops whose body begins with a jump.
for k in pairs{1} do if false then local x = k end end
print("false in a for")
for k, v in pairs{1, 2} do if nil then local y = k end print(k, v) end
for k in pairs{1} do break end
print("break")
local function empty(t) for _ in pairs(t) do return false end return true end
print(empty{}, empty{1})
print((function() for _ in pairs{1} do if false then local a, b = 1, 2 else print("else") end end return 7 end)())
print((function() for _ in pairs{1, 2} do do break end end return "do" end)())
print((function() for _ in pairs{1, 2} do do end if true then break end end return "true" end)())
local n = 0
while true do if false then local x = n end n = n + 1 if n > 3 then break end end
print(n)
repeat if nil then local x = n end n = n - 1 until n == 0
print(n)
while true do while false do n = n + 1 end n = n + 1 if n == 2 then break end end
print(n)
while true do while true do break end n = n + 1 if n == 5 then break end end
print(n)
repeat repeat break until true n = n + 1 until n > 7
print(n)
for k in pairs{1, 2} do if nil and k then print("never") end n = n + k end
print(n)
for k in pairs{1, 2} do if not true then print("never") end n = n + k end
print(n)
for k in pairs{1, 2} do if false or k == 2 then n = n + k end end
print(n)
for k in pairs{1, 2} do while nil do local x = k end local y = k n = n + y end
print(n)
repeat n = n - 1 until (nil and n) or n < 10
print(n)
for k in pairs{1, 2} do if "x" and false then print("never") end n = n + 1 end
print(n)
local t = {}
for k in pairs{1, 2} do if false then local b = k end t[k] = function() return k end end
print(t[1](), t[2]())
for i = 1, 3 do if false then local x = i end n = n + i end
print(n)
