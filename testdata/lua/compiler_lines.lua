-- The lines of errors in statements of several lines, and what debug tells.
local t, one = {}, 1
local function p(f, ...) print(select(2, pcall(f, ...))) end
p(function()
  return t
  .a
  .b
  .c
end)
p(function() nothing(
  t.x.y
) end)
p(function() local a = one +
  nil
end)
local o = {m = function(s) return s end}
p(function() return o
  :m()
  :m()
  :n()
end)
p(function() local t = {
  t.x.y,
  one
} end)
p(function() local t = {
  one,
  t.x.y
} end)
p(function() local t = {
  a = one,
  b = t.x.y,
  c = 1
} end)
p(function() local a = one
  + one
  + t
  + one
end)
p(function()
  t.a,
  t.b.c
  = one,
  one
end)
p(function() if one
  and t.x
  .y
  then end
end)
p(function() return (
  t
  < one
) end)
p(function() return "a" ..
  "b" ..
  t ..
  "c"
end)
p(function() for i = one,
  t,
  one
  do
end end)
p(function() for i
  in
  t
  do
end end)
p(function() nothing
  { one,
    one }
end)
p(function() return #
  one
end)
p(function() return -
  t
end)
p(function() function nothing.f()
  return one
end end)
p(function() return t.x
  [one]
  [
  one
  ]
end)
p(function() error(
  "raised",
  one
) end)
local function lines(f)
  local l = {}
  for n in pairs(debug.getinfo(f, "L").activelines) do l[#l + 1] = n end
  table.sort(l)
  print(table.concat(l, " "), debug.getinfo(f, "S").linedefined, debug.getinfo(f, "S").lastlinedefined)
end
lines(function()
  local a
  if a then
    return 1
  elseif
    a == 2
  then
    a = 3
  else a = 4
  end

  while a < 5 do
    a = a + 1
  end
end)
lines(lines)
print(debug.getinfo(1, "S").linedefined, debug.getinfo(1, "S").lastlinedefined)
function
  o.f
  (a)
  lines(debug.getinfo(1, "f").func)
  print(debug.getlocal(1, 1))
  return a
end
o.f(1)
print(debug.traceback("here"))
