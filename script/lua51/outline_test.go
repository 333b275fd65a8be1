package lua51

import (
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutline: of a program that compiles, no piece from its beginning compiles
// that is said to be open.
func TestOutline(t *testing.T) {
	t.Parallel()
	programs := []string{
		"x = 'a\\\n]] b' --[==[ ( ]]\n ]=] \n]==] f()\n",
		"x =\n[[ [=[ ]=]\n( \n]]\ny = a\n.b\n.c\n(1)\n",
		"local\nx = 1 +\n2 ..\n3\nreturn\n",
		"repeat local x = f(function() for i = 1, 2 do while x do end end end) until\nx\n",
		"return ...\n",
		"while (function() while true do return end end)() do\nend\n",
		"x = { ['end'] = [==[\n]] ]=]\n]==], -- }\n}\n",
	}
	files, _ := filepath.Glob("../../testdata/lua/*.lua")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < 8000 {
			programs = append(programs, string(b))
		}
	}
	for seed := range int64(20) {
		g := &generator{r: rand.New(rand.NewSource(seed))}
		programs = append(programs, g.program())
	}
	for _, p := range programs {
		if _, err := Compile(p, "=program"); err != nil {
			continue
		}
		var o Outline
		opens, lines := 0, strings.SplitAfter(p, "\n")
		for i, line := range lines {
			o.Add(line)
			if !o.Open() {
				continue
			}
			opens++
			begun := strings.Join(lines[:i+1], "")
			if len(p) > 5000 && i%10 > 0 {
				continue
			}
			if _, err := Compile(begun, "=begun"); err == nil || !IsIncomplete(err) && !strings.Contains(err.Error(), "unterminated") {
				t.Errorf("this is said to be open (%v, %q, %q, %q), and compiling says %v:\n%s", o.open, o.until, o.rest, o.last, err, begun)
				break
			}
		}
		if o.Open() {
			t.Errorf("at the end %v, %q, %q, %q is open:\n%s", o.open, o.until, o.rest, o.last, p)
		}
		if strings.Contains(p, "(\n") && opens == 0 {
			t.Errorf("never open: %s", p)
		}
	}
}
