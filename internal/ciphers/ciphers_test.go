package ciphers

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sosh/sockets"
	"sosh/sockets/tlsconf"
)

// TestParse: cipher strings as scripts have them.
func TestParse(t *testing.T) {
	for _, tt := range []struct {
		list string
		want string // names, "" for the usual ones, "error"
	}{
		{"DEFAULT", ""}, {"HIGH", ""}, {"ALL", ""},
		{"ALL:!aNULL", ""}, {"HIGH:!aNULL:!MD5:@STRENGTH", ""}, {"DEFAULT@SECLEVEL=1", ""}, {"DEFAULT:@SECLEVEL=1", ""},
		{"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
		{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
		{"ECDHE-RSA-AES128-GCM-SHA256:HIGH", ""},
		{"ECDHE+AESGCM:!ECDSA", "ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384"},
		{"ECDHE-RSA-CHACHA20-POLY1305 AES256-SHA", "ECDHE-RSA-CHACHA20-POLY1305 AES256-SHA"},
		{"kRSA+AESGCM", "AES128-GCM-SHA256 AES256-GCM-SHA384"},
		{"DHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
		{"CHACHA20:-ECDSA", "ECDHE-RSA-CHACHA20-POLY1305"},
		{"!RC4:RC4", "error"}, {"bogus", "error"}, {"-ALL", "error"}, {"::", "error"}, {"!", "error"},
	} {
		names, err := Parse(tt.list)
		got := strings.Join(names, " ")
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.list, got, tt.want)
		}
	}
}

// TestCipherNames: the names are OpenSSL's, and package sockets knows each.
func TestCipherNames(t *testing.T) {
	table := sockets.NewTable()
	defer table.Close()
	h, err := table.Socket(sockets.TLS4, "")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	if openssl, err := exec.LookPath("openssl"); err == nil {
		out, err := exec.Command(openssl, "ciphers", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
		if err != nil {
			t.Fatal(err)
		}
		known = strings.Split(strings.TrimSpace(string(out)), ":")
	}
	for _, s := range cipherSuites() {
		if err := h.SetTLS(tlsconf.Options{Ciphers: []string{s.name}}); err != nil {
			t.Error(err)
		}
		gone := strings.Contains(s.name, "RC4") || strings.Contains(s.name, "CBC3") // from most builds of OpenSSL
		if known != nil && !gone && !slices.Contains(known, s.name) {
			t.Errorf("openssl does not know %s", s.name)
		}
	}
}
