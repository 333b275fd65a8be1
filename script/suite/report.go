package suite

// A Report receives the results of a run. Its methods are called one at a time.
type Report interface {
	// Begin is called once, with the number of tests that will run; Broken may
	// have been called before.
	Begin(total int)
	// Start is called when a test starts.
	Start(file, name string)
	// Test is called with the result of each test.
	Test(file string, r Result)
	// Printed is called with what a file has printed outside tests.
	Printed(file, text string)
	// Broken is called for a file that can't be loaded.
	Broken(file string, err error)
	// End is called last.
	End(s Summary)
}

// Both passes all calls on to several reports.
type Both []Report

// Begin implements [Report].
func (b Both) Begin(total int) {
	for _, r := range b {
		r.Begin(total)
	}
}

// Start implements [Report].
func (b Both) Start(file, name string) {
	for _, r := range b {
		r.Start(file, name)
	}
}

// Test implements [Report].
func (b Both) Test(file string, t Result) {
	for _, r := range b {
		r.Test(file, t)
	}
}

// Printed implements [Report].
func (b Both) Printed(file, text string) {
	for _, r := range b {
		r.Printed(file, text)
	}
}

// Broken implements [Report].
func (b Both) Broken(file string, err error) {
	for _, r := range b {
		r.Broken(file, err)
	}
}

// End implements [Report].
func (b Both) End(s Summary) {
	for _, r := range b {
		r.End(s)
	}
}
