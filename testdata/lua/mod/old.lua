module(..., package.seeall)
function f() return "f of " .. _NAME .. " in " .. _PACKAGE end
local a, b = 1, 2 a, b = b, a swapped = a