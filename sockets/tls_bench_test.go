package sockets

import (
	"context"
	"crypto/tls"
	"io"
	"net/netip"
	"testing"

	"sosh/sockets/tlsconf"
)

// BenchmarkTLS is BenchmarkStream with TLS 1.3, and beside it crypto/tls on
// package net's connections.
func BenchmarkTLS(b *testing.B) {
	const size = 64 << 10
	b.Run("netconn", func(b *testing.B) {
		c, s := benchConns(b)
		var own tlsconf.Setup
		must(b, own.Serve(netip.Addr{}))
		client := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		server := tls.Server(s, &tls.Config{Certificates: []tls.Certificate{*own.Certificate()}})
		b.SetBytes(size)
		go func() {
			p := make([]byte, size)
			for {
				if _, err := client.Write(p); err != nil {
					return
				}
			}
		}()
		buf := make([]byte, size)
		for b.Loop() {
			if _, err := io.ReadFull(server, buf); err != nil {
				b.Fatal(err)
			}
		}
		c.Close()
	})
	for _, watch := range []bool{false, true} {
		b.Run(watchName(watch), func(b *testing.B) {
			client, server := streamPair(b, TLS4)
			server.Watch(watch)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.SetBytes(size)
			go func() {
				p := make([]byte, size)
				for {
					if _, err := client.Send(ctx, p); err != nil {
						return
					}
				}
			}()
			buf := make([]byte, size)
			for b.Loop() {
				for n := 0; n < size; {
					m, err := server.RecvInto(ctx, buf[n:])
					if err != nil {
						b.Fatal(err)
					}
					n += m
				}
			}
			client.Abort()
		})
	}
}

// BenchmarkTLSHandshake connects and closes.
func BenchmarkTLSHandshake(b *testing.B) {
	for _, kind := range []Kind{TLS4, DTLS4} {
		b.Run(string(kind), func(b *testing.B) {
			srv, came := serveTLS(b, newTable(b), kind, tlsconf.Options{})
			for b.Loop() {
				c, err := dialTLS(b, srv, tlsconf.Options{NoVerify: true})
				must(b, err)
				must(b, next(b, came).Close())
				must(b, c.Close())
			}
		})
	}
}
