package tlsconf

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"strings"
	"time"
)

// ephemeralLife is how long a server's temporary certificate is valid.
const ephemeralLife = 30 * 24 * time.Hour

// weakKey describes the weakness of a certificate's key, or returns "".
func weakKey(c *x509.Certificate) string {
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < 2048 {
		return fmt.Sprintf("RSA of %d bits, a weak key", k.N.BitLen())
	}
	return ""
}

// Serve prepares s for a server: if it has no certificate, Serve makes one, for the names of this
// machine and for local, the server's address, if that is valid. It must not run concurrently with
// other methods.
func (s *Setup) Serve(local netip.Addr) error {
	if s.cert != nil {
		return nil
	}
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil && name != "localhost" && checkHost(name) == nil {
		hosts = append(hosts, name)
	}
	if ip := local; ip.IsValid() && !ip.IsUnspecified() && !ip.IsLoopback() {
		hosts = append(hosts, ip.WithZone("").String())
	}
	now := time.Now()
	cert, err := SelfSigned(hosts, now.Add(-time.Hour), now.Add(ephemeralLife))
	s.cert = cert
	return err
}

// SelfSigned makes a self-signed certificate (ECDSA, P-256) for hosts: names, whose first label may
// be *, or IP addresses. It is also a CA certificate, so that [Options.Trust] can contain it.
func SelfSigned(hosts []string, from, to time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "sosh"},
		NotBefore:    from,
		NotAfter:     to,
		IsCA:         true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, host := range hosts {
		if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
			template.IPAddresses = append(template.IPAddresses, ip.AsSlice())
			continue
		}
		if err := checkHost(host); err != nil {
			return nil, err
		}
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// checkHost returns an error if the name of a host is not valid.
func checkHost(host string) error {
	bad := strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-_.*") != "" ||
		strings.Contains(strings.TrimPrefix(host, "*."), "*")
	for _, label := range strings.Split(host, ".") {
		bad = bad || label == "" || len(label) > 63
	}
	for _, c := range []byte(host) {
		bad = bad || c <= ' ' || c >= 0x7f
	}
	if bad || len(host) > 253 {
		return fmt.Errorf("bad host %q (expected a name such as example.org, or an IP address)", host)
	}
	return nil
}

// Fingerprint returns the SHA-256 of a certificate in the format of OpenSSL: pairs of hexadecimal
// digits separated by colons.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum[:])), " ", ":")
}
