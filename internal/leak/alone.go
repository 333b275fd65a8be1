package leak

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// aloneEnv names the test that a process was started for.
const aloneEnv = "SOSH_TEST_ALONE"

// Alone runs the test that calls it in a process of its own, beside the parallel tests of
// this one: the goroutines, memory and processor time that it counts are its own, and so are
// its working directory, environment, limits, and the variables of the package. Such a test
// begins with
//
//	if leak.Alone(t) {
//		return
//	}
//
// Alone reports true when that process has ended, and has then failed or skipped the test
// if the process did. In that process it reports false. It also reports false where coverage
// is measured, which would miss what another process covers: the test then runs as one that is
// not parallel.
//
// go test does not know which files that process opens, and may take a result from its cache
// when one of them has changed. A test of the tree's files opens them, or their directory, in
// this process too, if no other test of the package does.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneEnv) == t.Name() || testing.CoverMode() != "" {
		return false
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], aloneArgs(t)...)
	cmd.Env = append(os.Environ(), aloneEnv+"="+t.Name())
	b, err := cmd.CombinedOutput()
	out := string(b)
	switch {
	case err != nil:
		t.Errorf("in a process of its own: %v\n%s", err, out)
	case strings.Contains(out, "--- SKIP: "+t.Name()+" "):
		t.Skip(out)
	case !strings.Contains(out, "--- PASS: "+t.Name()+" "):
		t.Errorf("its own process did not run it:\n%s", out)
	default:
		t.Log(out)
	}
	return true
}

// aloneArgs are the arguments of the process that runs only t: of the test's flags those
// that are about what it does, and all that the package defines.
func aloneArgs(t *testing.T) []string {
	run := "^" + t.Name() + "$"
	args := []string{"-test.v"}
	if end, ok := t.Deadline(); ok {
		args = append(args, "-test.timeout="+time.Until(end).String())
	}
	flag.Visit(func(f *flag.Flag) {
		switch value := f.Value.String(); {
		case f.Name == "test.run":
			if _, sub, ok := strings.Cut(value, "/"); ok && !strings.Contains(value, "|") {
				run += "/" + sub
			}
		case f.Name == "test.short", f.Name == "test.skip", !strings.HasPrefix(f.Name, "test."):
			args = append(args, "-"+f.Name+"="+value)
		}
	})
	return append(args, "-test.run="+run)
}
