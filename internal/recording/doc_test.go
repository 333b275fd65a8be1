package recording

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestDocumented looks for each type of event and each field in doc/recordings.md, the contract.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../doc/recordings.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`Type = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	if len(names) < 20 {
		t.Fatalf("only %d types found", len(names))
	}
	for _, of := range []any{line{}, head{}, TLSInfo{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	for _, name := range names {
		if !strings.Contains(string(doc), "`"+name+"`") {
			t.Errorf("doc/recordings.md has nothing on %s", name)
		}
	}
}
