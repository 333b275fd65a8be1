package decoders

// talks are what the tests decode.
var talks = []talk{
	{codec: "resp", name: "2", parts: []part{
		{Out, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n", []string{"GET k", "PING"}},
		{In, "$5\r\nhel\nl\r\n+OK\r\n-ERR no\r\n:-12\r\n$-1\r\n*3\r\n:1\r\n$2\r\nab\r\n*0\r\n",
			[]string{`"hel\nl"`, "OK", "error ERR no", "-12", "null", `[1, "ab", []]`}},
	}},
	{codec: "resp", name: "3", parts: []part{
		{Out, "HELLO 3\r\n", []string{"HELLO 3"}},
		{In, "%1\r\n+a\r\n#t\r\n~1\r\n,1.5\r\n>2\r\n+x\r\n_\r\n=7\r\ntxt:abc\r\n(123456789012345678901\r\n!3\r\nERR\r\n:9223372036854775807\r\n",
			[]string{"map [a, true]", "set [1.5]", "push [x, null]", "abc", "123456789012345678901", "error ERR", "9223372036854775807"}},
	}},
}
