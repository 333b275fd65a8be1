-- The functions of mime, with random bytes in random pieces.
local seed = 42
local function random(a, b)
	seed = (seed * 16807) % 2147483647
	if not b then a, b = 1, a end
	return a + seed % (b - a + 1)
end
local mime=require"mime"
local A={"a","b"," ","\t","\r","\n","\r\n","=","=41","=zz","=\r\n",".","..","\200","\0","QUI=","Zg==","+","/"}
local function rnd(n) local t={} for i=1,random(0,n or 8) do t[i]=A[random(#A)] end return table.concat(t) end
local function q(...) local o={} for i=1,select("#",...) do local v=select(i,...) o[i]=type(v)=="string" and string.format("%q",v):gsub("\r","\\r"):gsub("%z","\\0") or tostring(v) end return table.concat(o,"|") end
for i=1,1000 do
 local a,b=rnd(),rnd()
 for _,f in ipairs{"b64","unb64","qp","unqp"} do print(f,q(a,b),q(mime[f](a,b)),q(mime[f](a)),q(mime[f](nil,b))) end
 local n=random(1,9) local l=random(0,n)
 print("wrp",q(mime.wrp(l,a,n)),q(mime.wrp(l,nil,n)),q(mime.qpwrp(l,a,n)),q(mime.qpwrp(l,nil,n)),q(mime.wrp(l,a)))
 local c=({0,10,13})[random(3)]
 print("eol",q(mime.eol(c,a)),q(mime.eol(c,a,b)),q(mime.eol(c,nil)))
 print("dot",q(mime.dot(random(0,2),a)),q(mime.dot(2,nil)))
end
local ltn12=require"ltn12"
for i=1,100 do
 local s=rnd(400)
 for _,fs in ipairs{{"base64"},{"quoted-printable"},{"quoted-printable","binary"}} do
  ltn12.BLOCKSIZE=random(1,50)
  local snk,t=ltn12.sink.table()
  print(pcall(ltn12.pump.all,ltn12.source.chain(ltn12.source.string(s),mime.normalize(),mime.encode(unpack(fs)),mime.wrap(fs[1])),snk))
  print(q(table.concat(t)))
  local enc=table.concat(t)
  local snk2,t2=ltn12.sink.table()
  print(ltn12.pump.all(ltn12.source.string(enc),ltn12.sink.chain(mime.decode(fs[1]),mime.stuff(),snk2)))
  print(q(table.concat(t2)),#t,#t2)
 end
end
