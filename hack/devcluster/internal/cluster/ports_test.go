package cluster

import (
	"net"
	"testing"
)

func TestPortsAreHeldUntilTheyAreReleased(t *testing.T) {
	p, err := reservePorts()
	if err != nil {
		t.Fatal(err)
	}
	defer p.release()
	other, err := reservePorts()
	if err != nil {
		t.Fatalf("a second cluster finds no ports: %v", err)
	}
	defer other.release()
	for usual := range p {
		if p.number(usual) == other.number(usual) {
			t.Errorf("two clusters share port %d", p.number(usual))
		}
	}
	p.release(s3Port)
	l, err := net.Listen("tcp", join(p.number(s3Port)))
	if err != nil {
		t.Fatalf("a released port cannot be used: %v", err)
	}
	_ = l.Close()
}
