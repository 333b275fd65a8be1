local name = os.tmpname()
local f = assert(io.open(name, "w"))
print(io.type(f), io.type(io.stdout), io.type(5), tostring(f):match("^file %("))
print(f:write("one\n", 2, " ", 2.5, "\nthree\r\n\nlast"))
print(f:seek("cur"), f:seek("set", 2), f:seek("end"), f:seek())
print(f:close(), io.type(f), tostring(f))
print(pcall(f.write, f, "x"))
print(pcall(f.close, f))
for l in io.lines(name) do io.write("[", (l:gsub("\r", "CR")), "]") end print()
f = io.open(name)
print(f:read()) print(f:read("*n", "*n")) print(f:read("*l")) print(f:read("*l") == "three\r") print(f:read("*l")) print(f:read("*l")) print(f:read("*l")) print(f:read("*a")) print(f:read("*a")) print(f:read(0)) print(f:read(1))
print(f:seek("set")) print(f:read(0)) print(f:read(3, 1)) print(f:read(100):len()) print(f:read(5))
f:seek("set") print(f:read("*a"):len(), f:read("*a"), f:read("*l"))
f:close()
f = io.open(name, "a") f:write("+more") f:close() f = io.open(name) print(f:read("*a"):sub(-9)) f:close()
f = io.open(name, "r+") f:write("ONE") print(f:seek("cur")) f:seek("set", 0) print(f:read("*l")) f:seek("cur", 0) f:write("two") f:seek("set") print(f:read("*l"), f:read("*l")) f:close()
f = io.open(name, "w+") f:write("abc") f:seek("set", 1) print(f:read("*a")) f:close()
print(f == f, pcall(io.lines, "/no/such/file"))
print(io.open("/no/such/file")) print(io.open("/", "w")) print(io.open("/no/such/dir/x", "w"))
print(os.remove("/no/such/file")) print(os.rename("/no/such/file", "/no/other"))
print(pcall(io.open)) print(pcall(io.lines, {}))
print(select("#", io.open(name, "r")), pcall(io.read, "*x"))
f = io.open(name, "w") print(f:setvbuf("no"), f:setvbuf("full", 1024), f:setvbuf("line"), pcall(f.setvbuf, f, "bogus")) print(f:flush()) f:close()
f = io.open(name, "w") print(f:read()) f:close()
f = io.open(name, "r") print(f:write("x")) f:close()
-- numbers
f = io.open(name, "w") f:write("  12 -3.5e2 0x1F .5 abc 7") f:close() f = io.open(name)
print(f:read("*n", "*n", "*n", "*n", "*n")) print(f:read("*a")) f:close()
-- lines
f = io.open(name, "w") f:write("a\n\nb\n") f:close()
for l in io.lines(name) do io.write("<", l, ">") end print()
f = io.open(name) for l in f:lines() do io.write("<", l, ">") end print(io.type(f)) f:close()
f = io.open(name, "w") f:write("no newline") f:close() for l in io.lines(name) do print(l) end
f = io.open(name, "w") f:close() for l in io.lines(name) do print("never") end
local it = io.lines(name) print(it()) print(pcall(it))
f = io.open(name, "w") f:write(("x"):rep(5000), "\n", ("y"):rep(70000), "\nz") f:close() for l in io.lines(name) do io.write(#l, " ") end print()
f = io.open(name, "w") for i = 1, 3000 do f:write(i, "\n") end f:close() local n = 0 for l in io.lines(name) do n = n + l end print(n)
-- the standard files
local out = io.output() print(out == io.stdout, io.input() == io.stdin)
io.output(name) io.write("through io.write") io.close() io.output(out)
io.input(name) print(io.read("*a")) io.close(io.input()) print(pcall(io.read)) io.input(io.stdin)
print(pcall(io.input, "/no/such/file")) print(pcall(io.output, "/no/such/dir/f"))
io.output(name) io.output():write("x") io.output():close() print(pcall(io.write, "y")) io.output(io.stdout)
-- popen, execute
local p = io.popen("echo hi; echo there") print(p:read("*l")) print(p:read("*a")) print(p:close())
p = io.popen("cat > " .. name, "w") p:write("to cat\n") p:close() for l in io.lines(name) do print(l) end
for l in io.popen("echo a; echo b"):lines() do io.write(l, ";") end print()
print(os.execute("exit 3"), os.execute("true"), os.execute() ~= 0)
f = io.tmpfile() f:write("temp") f:seek("set") print(f:read("*a")) f:close()
-- os
print(os.remove(name)) print(io.open(name) == nil)
print(os.getenv("SOSH_NOT_SET"), type(os.getenv("PATH")), type(os.clock()), type(os.time()), os.difftime(5, 3))
print(os.setlocale("C"), os.setlocale(nil), os.setlocale("xx_YY"))
print(pcall(os.getenv)) print(pcall(os.remove)) print(pcall(os.time, {}))
do
  local gc = getmetatable(io.stdin).__gc
  local f = io.tmpfile()
  print(pcall(gc)) print(gc(f), io.type(f), gc(f), io.type(io.stdin), (pcall(gc, 1)))
end
