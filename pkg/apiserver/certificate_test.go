package apiserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	genericoptions "k8s.io/apiserver/pkg/server/options"
)

func TestACertificateThatCannotServeStopsTheStart(t *testing.T) {
	valid := certificate(t, time.Now().Add(time.Hour))
	expired := certificate(t, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	if err := checkCertificate(valid); err != nil {
		t.Errorf("a valid certificate: %v", err)
	}
	if err := checkCertificate(genericoptions.CertKey{}); err != nil {
		t.Errorf("no certificate: %v", err)
	}
	expect(t, checkCertificate(expired), "--tls-cert-file", expired.CertFile, "expired at 2020-01-01T00:00:00Z", "renew it")
	expect(t, checkCertificate(genericoptions.CertKey{CertFile: valid.CertFile}), "--tls-private-key-file", "want a certificate and its key")
	expect(t, checkCertificate(genericoptions.CertKey{CertFile: valid.KeyFile, KeyFile: valid.KeyFile}), "--tls-cert-file", "want a certificate and its key")
}

func certificate(t *testing.T, notAfter time.Time) genericoptions.CertKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: notAfter}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return genericoptions.CertKey{
		CertFile: writePEM(t, filepath.Join(dir, "tls.crt"), "CERTIFICATE", cert),
		KeyFile:  writePEM(t, filepath.Join(dir, "tls.key"), "PRIVATE KEY", keyBytes),
	}
}

func writePEM(t *testing.T, file, kind string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
