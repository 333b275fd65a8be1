package history

import "testing"

func TestMask(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"dial 127.0.0.1:80 c via=socks5://joe:hunter2@127.0.0.1:1080", "dial 127.0.0.1:80 c via=socks5://joe:***@127.0.0.1:1080"},
		{"dial 127.0.0.1:80 c via=joe:hunter2@127.0.0.1:1080", "dial 127.0.0.1:80 c via=joe:***@127.0.0.1:1080"},
		{`dial("127.0.0.1:80", "c", {via = "http://joe:p@ss:w/rd@127.0.0.1:3128"})`, `dial("127.0.0.1:80", "c", {via = "http://joe:***@127.0.0.1:3128"})`},
		{"dial http://:hunter2@[::1]:80", "dial http://:***@[::1]:80"},
		{"dial http://joe@127.0.0.1:80", "dial http://joe@127.0.0.1:80"},
		{"!curl http://127.0.0.1:8080/a@b", "!curl http://127.0.0.1:8080/a@b"},
		{"send c GET / password=hunter2", "send c GET / password=***"},
		{`serve tls://127.0.0.1:0 psk="a \" b" peers=3`, `serve tls://127.0.0.1:0 psk="***" peers=3`},
		{"connect c x psk='a b' timeout=2", "connect c x psk='***' timeout=2"},
		{`x = {password = "hunter2", user = "joe"}`, `x = {password = "***", user = "joe"}`},
		{`client_secret=abc; ls`, `client_secret=***; ls`},
		{`connect(c, "x", {PSK='abc'})`, `connect(c, "x", {PSK='***'})`},
		{`password = [[a b]] x = 1`, `password = *** x = 1`},
		{`password="not closed`, `password="***"`},
		{"!sosh ncat --proxy-auth joe:hunter2 h 80", "!sosh ncat --proxy-auth *** h 80"},
		{"!mysql --password=abc --host x", "!mysql --password=*** --host x"},
		{"connect c 127.0.0.1:443 cert=c.pem key=server.key", "connect c 127.0.0.1:443 cert=c.pem key=server.key"},
		{"connect c 127.0.0.1:443 key=here", "connect c 127.0.0.1:443 key=here"},
		{"connect c 127.0.0.1:443 key=hunter2", "connect c 127.0.0.1:443 key=***"},
		{`key="-----BEGIN PRIVATE KEY-----\nabc"`, `key="***"`},
		{"send c password=$pw", "send c password=$pw"},
		{"send c hello keyboard=1 monkey=2", "send c hello keyboard=1 monkey=2"},
		{"x = 1 - 2", "x = 1 - 2"},
		{"dial a b timeout=3", "dial a b timeout=3"},
		{"passwords = 3 == 4", "passwords = *** == 4"},
	} {
		if got := Mask(c.line, func(name string) bool { return name == "here" }); got != c.want {
			t.Errorf("%s\n gives %s\n want  %s", c.line, got, c.want)
		}
	}
}
