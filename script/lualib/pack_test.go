package lualib

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sosh/internal/racedetector"
)

// TestPackAgainstLua53 runs random formats and values through ours and through
// Lua 5.3, whose manual defines them: results and errors are the same.
func TestPackAgainstLua53(t *testing.T) {
	path, err := exec.LookPath("lua5.3")
	if err != nil && os.Getenv("SOSH_REQUIRE_PEERS") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("lua5.3 is not installed")
	}
	seed := rand.Int63()
	t.Logf("seed %d", seed)
	program := packProgram(rand.New(rand.NewSource(seed)), racedetector.Fewer(3000))
	file := filepath.Join(t.TempDir(), "pack.lua")
	if err := os.WriteFile(file, []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	want, err := exec.Command(path, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := strings.Split(string(want), "\n"), strings.Split(runText(t, program), "\n")
	if len(theirs) != len(ours) {
		t.Fatalf("%d lines of Lua 5.3, %d of ours", len(theirs), len(ours))
	}
	differ := 0
	for i := range ours {
		// A format is read whole here before any value is looked at, so of two
		// things that are wrong another may be named.
		if ours[i] == theirs[i] || badFormat(ours[i]) && failed.MatchString(theirs[i]) {
			continue
		}
		if differ++; differ <= 10 {
			t.Errorf("Lua 5.3: %s\nsosh:    %s", theirs[i], ours[i])
		}
	}
}

var failed = regexp.MustCompile(`bad argument|missing size|invalid format option|out of limits`)

func badFormat(line string) bool {
	return strings.Contains(line, "bad argument #1 (")
}

// packProgram is a program of both Luas that packs, unpacks and prints.
func packProgram(r *rand.Rand, cases int) string {
	var b strings.Builder
	b.WriteString(`local function show(...)
  local t = {...}
  for i = 1, select("#", ...) do
    local v = t[i]
    if type(v) == "string" then v = v:gsub("to '[^']*' ", "") v = v:gsub("[^%w%p ]", function(c) return string.format("\\%03d", c:byte()) end) end
    if type(v) == "number" and v == v and math.abs(v) < 2^53 and v % 1 == 0 then v = string.format("%.0f", v) end
    if type(v) == "number" and v % 1 ~= 0 then v = string.format("%.9g", v) end
    t[i] = tostring(v)
  end
  print(table.concat(t, " "))
end
local function try(line, format, ...)
  local ok, s = pcall(string.pack, format, ...)
  show(line, format, s)
  if ok then show(line, pcall(string.unpack, format, s)) end
  show(line, pcall(string.packsize, format))
  -- 5.3 reads past the end of a string for z
  if ok and #s > 0 and not format:find('z') then show(line, pcall(string.unpack, format, s:sub(1, -2))) end
end
`)
	options := []string{"b", "B", "h", "H", "i", "I", "i1", "i3", "I3", "i7", "I5", "I8", "i16", "I16", "i9", "l", "j", "f", "d", "n", "s1", "s2", "s", "z", "c5", "c0", "x", "Xi4", "Xd", "Xh", "i17", "c", "q", "Xc1", "Xz"}
	modes := []string{"<", ">", "=", "!", "!4", "!2", "!1", "!3", " "}
	for i := range cases {
		format := ""
		var values []string
		for range 1 + r.Intn(6) {
			if r.Intn(3) == 0 {
				format += modes[r.Intn(len(modes))]
			}
			o := options[r.Intn(len(options))]
			if r.Intn(8) != 0 && strings.Contains("i17 c q Xc1 Xz", o) {
				o = "h"
			}
			format += o
			switch o[0] {
			case 's', 'z', 'c':
				values = append(values, fmt.Sprintf("%q", []string{"", "a", "hello", "some longer text", "z\x00z"}[r.Intn(5)]))
			case 'f', 'd', 'n':
				values = append(values, []string{"0", "1.5", "-2.25", "1e10", "-0.1"}[r.Intn(5)])
			case 'x', 'X', 'q':
			case 'I': // ours are unsigned where 5.3 has no such type
				values = append(values, []string{"0", "1", "255", "256", "65535", "4294967295", "1.5", "9007199254740991"}[r.Intn(8)])
			default:
				values = append(values, []string{"0", "1", "-1", "127", "128", "-128", "255", "256", "65535", "-32768", "4294967295", "-4294967296", "1.5", "9007199254740991"}[r.Intn(14)])
			}
		}
		args := ""
		if len(values) > 0 {
			args = ", " + strings.ReplaceAll(strings.Join(values, ", "), `\x00`, `\0`)
		}
		fmt.Fprintf(&b, "try(%d, %q%s)\n", i, format, args)
	}
	return b.String()
}
