for _, t in ipairs{0, 784111777, 951782400, 1709210096, 1735689599, 4102444800} do
  for c in ("aAbBcdDeFgGhHIjmMnprRSTuUVwWxXyYzZ%"):gmatch(".") do
    if c ~= "z" then io.write(c, "=", os.date("!%" .. c, t), " ") end
  end
  print()
end
print(os.date("!%a, %d %b %Y %H:%M:%S GMT", 784111777))
local d = os.date("!*t", 784111777)
print(d.year, d.month, d.day, d.hour, d.min, d.sec, d.wday, d.yday, d.isdst)
print(os.time{year = 2024, month = 2, day = 30, hour = 0} == os.time{year = 2024, month = 3, day = 1, hour = 0})
print(os.time{year = 2024, month = 14, day = 1} == os.time{year = 2025, month = 2, day = 1, hour = 12})
print(os.time{year = 2024, month = 1, day = 1, hour = 0, min = -1} - os.time{year = 2023, month = 12, day = 31, hour = 23, min = 58})
print(os.time(os.date("*t", 1e9)), os.time{year = "2001", month = "9", day = "9"} == os.time{year = 2001, month = 9, day = 9})
print(pcall(os.time, {year = 2020})) print(pcall(os.time, {year = 2020, month = 1})) print(pcall(os.time, 5))
print(pcall(os.date, {})) print(os.date("!", 0), os.date("!%%", 0), os.date("!x%dy", 86400))
print(#os.date() > 10, os.date("!%H", 3600.9))
