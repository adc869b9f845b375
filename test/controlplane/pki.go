package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

const (
	caValidity   = 10 * 365 * 24 * time.Hour
	leafValidity = 365 * 24 * time.Hour
)

// authority is a certificate authority whose files live in one folder. Its key outlives restarts, its leaves do not:
// they are issued anew at each start and so never expire in practice.
type authority struct {
	dir, name string
	cert      *x509.Certificate
	key       crypto.Signer
}

// loadAuthority reads the authority of that name from the folder, or founds it.
func loadAuthority(dir, name string) (*authority, error) {
	a := &authority{dir: dir, name: name}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if certs, err := cert.CertsFromFile(a.certFile()); err == nil {
		key, err := keyutil.PrivateKeyFromFile(a.keyFile())
		if err != nil {
			return nil, fmt.Errorf("read the key of the certificate authority %s: %w", name, err)
		}
		a.cert, a.key = certs[0], key.(crypto.Signer)
		return a, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the certificate authority %s: %w", name, err)
	}
	key, err := newKey(a.keyFile())
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		NotAfter:              time.Now().Add(caValidity),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	a.key = key
	a.cert, err = a.sign(template, template, key.Public(), a.certFile())
	return a, err
}

func (a *authority) certFile() string { return filepath.Join(a.dir, a.name+".crt") }
func (a *authority) keyFile() string  { return filepath.Join(a.dir, a.name+".key") }

// client issues a client certificate: the name is the user, the organizations are the groups.
func (a *authority) client(file, user string, groups ...string) (pair, error) {
	return a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// server issues a serving certificate for the names and the loopback address.
func (a *authority) server(file string, names ...string) (pair, error) {
	return a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		DNSNames:    append(names, "localhost"),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// pair names the files of a certificate and its key.
type pair struct{ certFile, keyFile string }

func (a *authority) issue(file string, template *x509.Certificate) (pair, error) {
	p := pair{filepath.Join(a.dir, file+".crt"), filepath.Join(a.dir, file+".key")}
	key, err := newKey(p.keyFile)
	if err != nil {
		return p, err
	}
	template.NotAfter = time.Now().Add(leafValidity)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	_, err = a.sign(template, a.cert, key.Public(), p.certFile)
	return p, err
}

func (a *authority) sign(template, parent *x509.Certificate, public crypto.PublicKey, file string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Minute)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", file, err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pem, err := cert.EncodeCertificates(signed)
	if err != nil {
		return nil, err
	}
	return signed, os.WriteFile(file, pem, 0o644)
}

// newKey makes a private key and writes it to the file.
func newKey(file string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	pem, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return nil, err
	}
	return key, os.WriteFile(file, pem, 0o600)
}
