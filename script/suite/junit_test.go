package suite

import (
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
)

// junitSchema says which attributes an element must have, which it may, and
// which elements may be in it, in that order: what the schemas of Jenkins and
// of the Ant task agree on.
var junitSchema = map[string]struct{ must, may, holds []string }{
	"testsuites": {nil, []string{"name", "time", "tests", "failures", "errors"}, []string{"testsuite"}},
	"testsuite":  {[]string{"name", "tests", "failures", "errors"}, []string{"time", "skipped", "timestamp", "hostname"}, []string{"properties", "testcase", "system-out", "system-err"}},
	"testcase":   {[]string{"name", "classname", "time"}, nil, []string{"skipped", "error", "failure", "system-out", "system-err"}},
	"skipped":    {nil, []string{"message"}, nil},
	"error":      {[]string{"type"}, []string{"message"}, nil},
	"failure":    {[]string{"type"}, []string{"message"}, nil},
	"system-out": {nil, nil, nil},
}

// checkJUnit reads a report strictly.
func checkJUnit(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = true
	type open struct {
		name string
		last int
	}
	var stack []open
	counts := make(map[string]int)
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			schema, ok := junitSchema[name]
			if !ok {
				t.Fatalf("the schema has no element %s", name)
			}
			counts[name]++
			if len(stack) > 0 {
				outer := &stack[len(stack)-1]
				at := slices.Index(junitSchema[outer.name].holds, name)
				if at < outer.last {
					t.Errorf("<%s> stands where it may not in <%s>", name, outer.name)
				}
				outer.last = at
			} else if name != "testsuites" {
				t.Errorf("the root is <%s>", name)
			}
			var has []string
			for _, a := range token.Attr {
				has = append(has, a.Name.Local)
				if !slices.Contains(append(slices.Clone(schema.must), schema.may...), a.Name.Local) {
					t.Errorf("<%s> may not have %s", name, a.Name.Local)
				}
			}
			for _, a := range schema.must {
				if !slices.Contains(has, a) {
					t.Errorf("<%s> has no %s", name, a)
				}
			}
			stack = append(stack, open{name: name})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	if counts["testcase"] != 4 || counts["failure"] != 2 || counts["skipped"] != 1 {
		t.Errorf("the elements are %v in\n%s", counts, text)
	}
}
