package script

import (
	"go/ast"
	"go/parser"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestContributingVerb: the row that CONTRIBUTING.md shows has the fields of a Verb.
func TestContributingVerb(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, row, _ := strings.Cut(string(text), "```go\n")
	row, _, _ = strings.Cut(row, "```")
	expr, err := parser.ParseExpr("Verb" + strings.TrimSuffix(strings.TrimSpace(row), ","))
	if err != nil {
		t.Fatalf("%v in\n%s", err, row)
	}
	for _, e := range expr.(*ast.CompositeLit).Elts {
		name := e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name
		if _, ok := reflect.TypeFor[Verb]().FieldByName(name); !ok {
			t.Errorf("CONTRIBUTING.md shows a verb with %s, which Verb does not have", name)
		}
	}
}
