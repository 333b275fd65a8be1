package lualib

import (
	"os"
	"strconv"
	"testing"
)

// BenchmarkPack and BenchmarkUnpack are bench/pack.lua's, in one process.
func BenchmarkPack(b *testing.B) {
	benchmarkPacking(b, `for i = 1, arg[1] do pack(">I2 I4 s1 B", i % 65536, i, "hello", 7) end`)
}

func BenchmarkUnpack(b *testing.B) {
	benchmarkPacking(b, `local s = pack(">I2 I4 s1 B", 1, 2, "hello", 7)
for i = 1, arg[1] do unpack(">I2 I4 s1 B", s) end`)
}

func benchmarkPacking(b *testing.B, program string) {
	b.ReportAllocs()
	runProgram(b, os.Stdout, program, strconv.Itoa(b.N))
}
