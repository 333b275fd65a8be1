package cli

import (
	"runtime/debug"
	"testing"
)

func TestVersionText(t *testing.T) {
	t.Parallel()
	const commit = "0123456789abcdef0123456789abcdef01234567"
	recorded := func(version string) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: version},
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: commit}}}
	}
	for _, tt := range []struct {
		name                  string
		release, commit, date string
		info                  *debug.BuildInfo
		want                  string
	}{
		{"a release", "0.1.0", commit, "2026-11-30", recorded("(devel)"), "0.1.0 (0123456789ab, 2026-11-30) go1.26.8"},
		{"a clone", "", "", "", recorded("(devel)"), "(devel) (0123456789ab) go1.26.8"},
		{"a version that has the commit", "", "", "", recorded("v0.0.0-20261130-0123456789ab"), "v0.0.0-20261130-0123456789ab go1.26.8"},
		{"no record of the build", "", "", "", &debug.BuildInfo{}, "unknown"},
	} {
		if got := versionText(tt.release, tt.commit, tt.date, tt.info); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
