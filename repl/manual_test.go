package repl

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What is made of the table of verbs is as the table has it now.
func TestManualIsFresh(t *testing.T) {
	for name, want := range manualFiles() {
		got, err := os.ReadFile("../" + name)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what the table of verbs makes of it; at the top of the tree run: go generate (%v)", name, err)
		}
	}
}

func TestWriteManual(t *testing.T) {
	for form, want := range map[string]string{
		"man":      ".Nm sosh\n.Nd the socket shell\n",
		"markdown": "#### recv\n\nReceive available data.\n",
		"table":    "| [recv](#recv) | `recv H [LIMIT] [timeout=SECONDS]` | receive available data |\n",
	} {
		var b bytes.Buffer
		if err := WriteManual(&b, form); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s has no %q", form, want)
		}
	}
	if err := WriteManual(&bytes.Buffer{}, "html"); err == nil || !strings.Contains(err.Error(), "expected man, markdown, table or files") {
		t.Errorf("html gave %v", err)
	}
}

// Every verb, command, topic and option has its entry.
func TestManualIsWhole(t *testing.T) {
	text := reference()
	for _, v := range append(allVerbs(), allCommands()...) {
		if !strings.Contains(text, "\n#### "+v.Name+"\n") {
			t.Errorf("no entry for %s", v.Name)
		}
	}
	for _, topic := range topics {
		s := strings.ToUpper(topic.summary[:1]) + topic.summary[1:]
		if !strings.Contains(text, "\n### "+s+"\n") && topic.name != "options" {
			t.Errorf("no entry for %s", topic.name)
		}
	}
	for _, r := range optionRows() {
		if !strings.Contains(text, "\n- `"+r[0]+"`: ") {
			t.Errorf("no entry for %s", r[0])
		}
	}
}

// The page has nothing that mandoc would complain of.
func TestManualLint(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("mandoc is not installed")
	}
	cmd := exec.Command(mandoc, "-Tlint", "-Wwarning")
	cmd.Stdin = strings.NewReader(manPage())
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
}
