package decoders

import (
	"encoding/hex"
	"strings"
)

// unhex returns the bytes of hex digits.
func unhex(s string) string {
	p, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return string(p)
}

// clientHello and serverHello are of openssl s_client and s_server.
var (
	clientHello = unhex("16030100dd010000d903034261b5e275ac4dccb4fbde2b57b352d4defd8e08bac1ad181212a7607e2ca012000038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f00ff0100007800000010000e00000b6578616d706c652e636f6d000b000403000102000a000c000a001d0017001e00190018002300000010000e000c02683208687474702f312e310016000000170000000d002a0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602")
	serverHello = unhex("160303004a020000460303c3885b1689397e4a640e7f011ec0cc5278749edaa0ba109d559c1213a3833cad00c02c00001eff01000100000b0004030001020023000000100005000302683200170000")
)

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
	{codec: "http", name: "bodies", parts: []part{
		{Out, "GET /a?b HTTP/1.1\r\nHost: x.test\r\n\r\nHEAD / HTTP/1.0\r\n\r\nPOST /p HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcDELETE /d HTTP/1.1\nhost:y\n\n", []string{"GET /a?b HTTP/1.1 host=x.test", "HEAD / HTTP/1.0", "POST /p HTTP/1.1 3 bytes \"abc\"", "DELETE /d HTTP/1.1 host=y"}},
		{In, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n", []string{"HTTP/1.1 200 OK content-type=text/plain 5 bytes \"hello\"", "HTTP/1.0 200 OK", "HTTP/1.1 100 Continue", "HTTP/1.1 204 No Content", "HTTP/1.1 404"}},
	}},
	{codec: "http", name: "chunks", parts: []part{
		{Out, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n1\r\na\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.1\r\n\r\n", []string{"POST / HTTP/1.1 chunks follow", "... 4 bytes \"Wiki\"", "... 1 byte \"a\"", "last chunk", "GET / HTTP/1.1"}},
		{In, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + "hello\r\nworl" + "\r\n0\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", []string{"HTTP/1.1 200 OK chunks follow", "... 11 bytes \"hello\\r\\nworl\"", "last chunk", "HTTP/1.1 304 Not Modified"}},
	}},
	{codec: "http", name: "long", parts: []part{
		{In, "HTTP/1.1 200 OK\r\nContent-Length: 65540\r\n\r\n" + strings.Repeat("x", 65540), []string{"HTTP/1.1 200 OK 65540 bytes follow", "... 65536 bytes \"" + strings.Repeat("x", 98) + "…", "... 4 bytes \"xxxx\""}},
	}},
	{codec: "ws", name: "frames", parts: []part{
		{Out, "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", []string{"GET /chat HTTP/1.1 host=x upgrade=websocket"}},
		{In, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello\x82\x7e\x00\x7e" + strings.Repeat("z", 126) + "\x89\x02hi\x88\x05\x03\xe8bye", []string{"HTTP/1.1 101 Switching Protocols upgrade=websocket", "text \"hello\"", "binary \"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"", "ping \"hi\"", "close 1000 normal \"bye\""}},
		{Out, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x01\x81\x00\x00\x00\x00a\x80\x81\x00\x00\x00\x00b\x8a\x80\x01\x02\x03\x04", []string{"text \"Hello\"", "text \"a\" (more follows)", "more \"b\"", "pong"}},
	}},
	{codec: "tls", name: "1.2", parts: []part{
		{Out, clientHello, []string{"client_hello example.com alpn h2,http/1.1 TLS 1.2 28 ciphers"}},
		{In, serverHello + unhex("15030300020228"), []string{"server_hello alpn h2 TLS 1.2 ECDHE-ECDSA-AES256-GCM-SHA384", "alert fatal handshake_failure"}},
		{Out, unhex("140303000101 1603030004deadbeef 1503030002abcd 1703030003010203"), []string{"change_cipher_spec", "encrypted handshake, 4 bytes", "encrypted alert, 2 bytes", "application_data, 3 bytes"}},
	}},
	{codec: "tls", name: "one handshake in two records", parts: []part{
		{Out, "\x16\x03\x01\x00\x10" + clientHello[5:21] + "\x16\x03\x01" + string([]byte{byte((len(clientHello) - 21) >> 8), byte(len(clientHello) - 21)}) + clientHello[21:], []string{"part of a handshake, 16 bytes", "client_hello example.com alpn h2,http/1.1 TLS 1.2 28 ciphers"}},
	}},
	{codec: "dns", name: "udp", datagram: true, parts: []part{
		{Out, unhex("0007 0100 0001 0000 0000 0001 0161 04746573740000010001 0000291000000000000000"), []string{"query id 7 a.test A additional: EDNS 4096 bytes"}},
		{In, unhex("0007 8580 0001 0004 0001 0000 0161 04746573740000010001" +
			"c00c 0005 0001 0000003c 0004 0162c00e c02600010001 0000003c 0004 7f000001 c026001c0001 0000003c 0010 fe800000000000000000000000000001" +
			"c00e 0010 0001 00000000 0006 0568656c6c6f" +
			"c00e 0006 0001 00000000 0018 c00c c00c 00000001 00000002 00000003 00000004 00000005"), []string{"NOERROR id 7 aa a.test A: a.test CNAME b.test, test A 127.0.0.1, test AAAA fe80::1, test TXT \"hello\" authorities: test SOA a.test serial 1"}},
	}},
	{codec: "dns", name: "tcp", parts: []part{
		{Out, unhex("0018 0008 0100 0001 0000 0000 0000 0161 0474657374 00 000f 0001"), []string{"query id 8 a.test MX"}},
		{In, unhex("003c 0008 8183 0001 0002 0000 0000 0161 0474657374 00 000f 0001 c00c000f000100000000 0004 000a c00c c00c002100010000000000 08 0001 0002 0050 c00e"), []string{"NXDOMAIN id 8 a.test MX: a.test MX 10 a.test, a.test SRV test:80"}},
	}},
	{codec: "mqtt", name: "3.1.1", parts: []part{
		{Out, unhex("1013 0004 4d515454 04 c2 003c 0001 78 0001 75 0001 70") + unhex("8208 0001 0003 612f23 01") + unhex("3b08 0003 612f62 0007 78") + unhex("c000 e000"), []string{"CONNECT client \"x\" version 3.1.1 keep-alive 60 user \"u\"", "SUBSCRIBE \"a/#\" qos 1 id 1", "PUBLISH a/b \"x\" qos 1 dup retain id 7", "PINGREQ", "DISCONNECT"}},
		{In, unhex("20020005 20020100 9003000101 40020007 d000"), []string{"CONNACK not authorized", "CONNACK accepted", "SUBACK qos 1 id 1", "PUBACK id 7", "PINGRESP"}},
	}},
	{codec: "mqtt", name: "5", parts: []part{
		{Out, unhex("1021 0004 4d515454 05 06 000a 05 110000000a 0001 79 05 1800000001 0001 77 0003 627965") + unhex("300f 0003 612f62 07 26 0001 6b 0001 76 6869"), []string{"CONNECT client \"y\" version 5 keep-alive 10 will \"w\" \"bye\" session_expiry=10", "PUBLISH a/b \"hi\" qos 0 user=\"k\":\"v\""}},
		{In, unhex("2006 0000 03 220005 40020007 4003000710 40040007 80 00 e001 8e e000 b004 0002 00 11"), []string{"CONNACK success topic_alias_maximum=5", "PUBACK id 7", "PUBACK no matching subscribers id 7", "PUBACK unspecified error id 7", "DISCONNECT session taken over", "DISCONNECT", "UNSUBACK no subscription id 2"}},
	}},
	{codec: "proto", name: "fields", parts: []part{
		{Out, unhex("0c 089601 120568656c6c6f 1a00") + unhex("0f 0a04 08011002 15 01000000 1a 02 ff00"), []string{"1: 150 2: \"hello\" 3: \"\"", "1: {1: 1 2: 2} 2: 0x00000001 3: \"\\xff\\0\""}},
	}},
	{codec: "u8", name: "lengths", parts: []part{
		{In, unhex("03") + "abc" + unhex("03") + "d\n\x1b", []string{"\"abc\"", "\"d\\n\\x1b\""}},
	}},
	{codec: "u16", name: "lengths", parts: []part{
		{In, unhex("0003") + "abc" + unhex("0003") + "d\n\x1b", []string{"\"abc\"", "\"d\\n\\x1b\""}},
	}},
	{codec: "u32", name: "lengths", parts: []part{
		{In, unhex("00000003") + "abc" + unhex("00000003") + "d\n\x1b", []string{"\"abc\"", "\"d\\n\\x1b\""}},
	}},
	{codec: "u16le", name: "lengths", parts: []part{
		{In, unhex("0300") + "abc" + unhex("0300") + "d\n\x1b", []string{"\"abc\"", "\"d\\n\\x1b\""}},
	}},
	{codec: "u32le", name: "lengths", parts: []part{
		{In, unhex("03000000") + "abc" + unhex("03000000") + "d\n\x1b", []string{"\"abc\"", "\"d\\n\\x1b\""}},
	}},
	{codec: "varint", name: "lengths", parts: []part{
		{In, unhex("03") + "abc" + unhex("03") + "d\n\x1b", []string{"\"abc\"", "\"d\\n\\x1b\""}},
	}},
}
