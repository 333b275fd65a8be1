package cli

import (
	"runtime/debug"
	"strings"
)

// What ci/release.sh sets with the linker's -X; all three are empty in any other build.
var (
	releaseVersion string // such as 0.1.0
	releaseCommit  string // its hash, in full
	releaseDate    string // of the commit, such as 2026-11-30
)

// version says which sosh this is, for --version, the prompt and recordings: the release
// with its commit and date, else what the go command has recorded in the build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionText(releaseVersion, releaseCommit, releaseDate, info)
}

// versionText is version for the given release, or for a build of no release, whose
// release is empty.
func versionText(release, commit, date string, info *debug.BuildInfo) string {
	v := info.Main.Version
	if release != "" {
		v = release + " (" + commit[:min(12, len(commit))] + ", " + date + ")"
	} else {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 && !strings.Contains(v, s.Value[:12]) {
				v += " (" + s.Value[:12] + ")"
			}
		}
	}
	if info.GoVersion == "" {
		return strings.TrimSpace(v + " unknown")
	}
	return v + " " + info.GoVersion
}
