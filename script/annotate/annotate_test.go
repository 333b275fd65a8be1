package annotate

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sosh/script"
	"sosh/script/suite"
)

// TestLua: every verb and function is declared, every type that is used
// is too, and the whole is a program.
func TestLua(t *testing.T) {
	verbs := append(script.Verbs(), suite.Verbs()...)
	text := Lua(verbs)
	file := filepath.Join(t.TempDir(), "sosh.lua")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := script.LoadProgram(file); err != nil {
		t.Error(err)
	}
	for _, v := range verbs {
		name := v.Name
		if object, method, ok := v.Object(); ok {
			name = className(object) + ":" + method
		}
		if got := strings.Contains(text, "\nfunction "+name+"("); got == v.Command {
			t.Errorf("%s: declared %v, a command of the shell %v", v.Name, got, v.Command)
		}
	}
	for _, f := range script.Functions() {
		name := f.Name
		if object, method, ok := f.Object(); ok {
			name = className(object) + ":" + method
		}
		if !strings.Contains(text, "\nfunction "+name+"(") {
			t.Errorf("%s is not declared", f.Name)
		}
	}
	declared := make(map[string]bool)
	for _, d := range regexp.MustCompile(`(?m)^---@(?:class|alias) (sosh\.\w+)`).FindAllStringSubmatch(text, -1) {
		if declared[d[1]] {
			t.Errorf("%s is declared twice", d[1])
		}
		declared[d[1]] = true
	}
	used := regexp.MustCompile(`sosh\.[A-Za-z]\w*`)
	for _, line := range regexp.MustCompile(`(?m)^---@.*$`).FindAllString(text, -1) {
		line, _, _ = strings.Cut(line, " # ")
		for _, name := range used.FindAllString(line, -1) {
			if !declared[name] {
				t.Errorf("%s is not declared: %s", name, line)
			}
		}
	}
}
