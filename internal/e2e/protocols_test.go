package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

// protocolPeers are the servers that the files of testdata/protocols start.
var protocolPeers = map[string][]string{
	"dns":   {"dnsmasq"},
	"mqtt":  {"mosquitto"},
	"http":  {"nginx"},
	"redis": {"redis-server"},
	"smtp":  {"smtpd", "openssl"},
	"tftp":  {"atftpd"},
}

// masks replace the parts of a report that differ from one run to the next.
var masks = []struct{ pattern, with string }{
	{`\(\d+\.\d+ s\)`, "(T s)"},
	{`duration_ms: [\d.]+`, "duration_ms: T"},
	{`in \d+\.\d+ s`, "in T s"},
	{`(?m)^      ( *)\d+\.\d{3} ms`, "              T ms"},
	{`[\d.]+(µs|ms|s) into`, "T into"},
	{`the same as at [\d.]+ ms`, "the same as at T ms"},
	{`Date: [^\\]+ GMT`, "Date: NOW"},
	{`--seed \d+`, "--seed S"},
	{`127\.0\.0\.1:\d+`, "127.0.0.1:PORT"},
}

func masked(s string) string {
	for _, m := range masks {
		s = regexp.MustCompile(m.pattern).ReplaceAllString(s, m.with)
	}
	return s
}

// TestProtocols runs the tests of testdata/protocols with real servers. Those
// with the tag failure must fail with the report of the golden file of that name;
// SOSH_UPDATE=1 writes it.
func TestProtocols(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(os.DirFS(top), "testdata/protocols/*_test.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no protocols: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), "_test.lua")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, peer := range protocolPeers[name] {
				if _, err := lookPeer(peer); err != nil {
					if requirePeers() {
						t.Fatal(err)
					}
					t.Skip(err)
				}
			}
			if name == "smtp" {
				smtpdMutex.Lock()
				defer smtpdMutex.Unlock()
			}
			if name == "smtp" && os.Getuid() != 0 {
				t.Skip("smtpd can be run by root only")
			}
			src, err := os.ReadFile(filepath.Join(top, file))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(src, []byte("\n")); n > 150 {
				t.Errorf("%s has %d lines; 150 are the most", file, n)
			}
			if out, err := runSuite(t, "--tags", "!failure", file); err != nil {
				t.Errorf("%v:\n%s", err, out)
			}
			out, err := runSuite(t, "--tags", "failure", "--seed", "1", file)
			if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
				t.Errorf("the failures: %v, want status 1:\n%s", err, out)
			}
			golden := filepath.Join(top, strings.TrimSuffix(file, "_test.lua")+".golden")
			if os.Getenv("SOSH_UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(masked(out)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(golden, want, "report", []byte(masked(out))); d != nil {
				t.Errorf("the failures differ:\n%s", d)
			}
		})
	}
}

// runSuite is sosh test with arguments, at the top of the tree.
func runSuite(t *testing.T, args ...string) (string, error) {
	cmd := exec.Command("sosh", append([]string{"test"}, args...)...)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
