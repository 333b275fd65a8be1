package sockopt

import "testing"

func mustOption(t testing.TB, name string) *Option {
	t.Helper()
	o, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func setOption(t testing.TB, fd, family int, name, value string) {
	t.Helper()
	if err := mustOption(t, name).Set(fd, family, value); err != nil {
		t.Fatalf("set %s %s: %v", name, value, err)
	}
}

func getOption(t testing.TB, fd, family int, name string) any {
	t.Helper()
	v, err := mustOption(t, name).Get(fd, family)
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	return v
}
