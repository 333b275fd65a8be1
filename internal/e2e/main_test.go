package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sosh/internal/cli"
	"sosh/internal/leak"
	"sosh/internal/termtest"

	"github.com/rogpeppe/go-internal/testscript"
)

// top is the top of the tree, as seen from here, where the tests run.
const top = "../.."

// patience is how long a test waits for an event that must come.
const patience = 20 * time.Second

// TestMain makes sosh a command of the sessions in testdata/script: they run
// this very test binary, as a process of its own. await is one too, for the
// pipelines of sh. The tests start thousands of these processes, so the package
// compiles no pattern when it is initialized, nor does what it imports, if it can
// be helped.
func TestMain(m *testing.M) {
	// A program built with the race detector sleeps for a second before it ends,
	// unless this is set.
	os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	testscript.Main(tests{m}, map[string]func(){
		"sosh":  func() { os.Exit(cli.Main(os.Args)) },
		"await": await,
	})
}

// await is "await FILE REGEX [N]": it ends when the file has N matches (1 by
// default), with status 1 if they do not come in time. It keeps the input of a
// pipeline open: (cat question; await answer yes) | openssl s_client >answer.
func await() {
	n := 1
	if len(os.Args) == 4 {
		n, _ = strconv.Atoi(os.Args[3])
	}
	if err := awaitMatches(os.Args[1], regexp.MustCompile("(?m)"+os.Args[2]), n); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// awaitFile waits until another process has made a file, and returns its content. It fails once
// ended is closed, which may be nil.
func awaitFile(file string, ended <-chan struct{}) (string, error) {
	for until := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		if b, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(b)), nil
		}
		select {
		case <-ended:
			return "", fmt.Errorf("the program has ended, and did not write %s", file)
		default:
		}
		if time.Now().After(until) {
			return "", fmt.Errorf("nothing wrote %s", file)
		}
	}
}

// awaitMatches waits until a file that another process writes to has n matches.
func awaitMatches(file string, pattern *regexp.Regexp, n int) error {
	var searched os.FileInfo
	var found int
	for until := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		late := time.Now().After(until)
		if info, err := os.Stat(file); err == nil && (late || searched == nil || info.Size() != searched.Size() || info.ModTime() != searched.ModTime()) {
			searched = info
			b, _ := os.ReadFile(file)
			if found = len(pattern.FindAllIndex(b, n)); found >= n {
				return nil
			}
		}
		if late {
			b, _ := os.ReadFile(file)
			return fmt.Errorf("%s has %d matches of %s, want %d:\n%s", file, found, pattern, n, b)
		}
	}
}

// tests runs the tests, and fails if they leave goroutines or descriptors behind.
type tests struct{ m *testing.M }

// Run returns the status of the run.
func (r tests) Run() int {
	termtest.CatchIgnored()
	return leak.RunParallel(r.m)
}
