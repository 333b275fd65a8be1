package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinks: each link of a page leads to a file of the source, and to a heading of it;
// and each link of a page in the packages to something that the packages have too.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, links := 0, 0
	pageLink := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		page, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		pages++
		for _, m := range pageLink.FindAllStringSubmatch(pageText(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			links++
			name, anchor, _ := strings.Cut(m[1], "#")
			target := filepath.Join(filepath.Dir(page), name)
			if name == "" {
				target = page
			}
			if _, err := os.Stat(filepath.Join(top, target)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, m[1])
				continue
			}
			if packaged(page) && !packaged(target) {
				t.Errorf("%s: the packages do not have the target of the link %s", page, m[1])
			}
			if anchor != "" && !hasAnchor(pageText(t, target), anchor) {
				t.Errorf("%s: no heading for the link %s", page, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 10 || links < 50 {
		t.Errorf("%d pages with %d links: the test does not find them", pages, links)
	}
}

// pageText returns a page without its blocks of code.
func pageText(t *testing.T, page string) string {
	src, err := os.ReadFile(filepath.Join(top, page))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(string(src), "")
}

// packaged reports whether each package has the file, as ci/release.sh and
// packaging/nfpm.yaml say.
func packaged(path string) bool {
	dir, name := filepath.Split(path)
	return path == "README.md" || path == "SECURITY.md" || dir == "doc/" && filepath.Ext(name) == ".md" ||
		dir == "doc/images/" || strings.HasPrefix(path+"/", "testdata/protocols/")
}

// hasAnchor reports whether a heading of the page has the anchor that GitHub gives it.
func hasAnchor(page, anchor string) bool {
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor := regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		text := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(text, " ", "-") == anchor {
			return true
		}
	}
	return false
}
