// Package e2e has the tests that run the built program: the sessions of
// testdata/script, the examples of the guide, tests with nc, ncat, socat and
// servers of other projects, hostile peers, and random transfers. It has no code
// of its own.
//
// The tests start no program that was built before: their own binary is sosh when
// it is started by that name (see TestMain).
package e2e
