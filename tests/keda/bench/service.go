package main

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// service gives new connections to the weir that is ready, as a Kubernetes Service does; those that exist stay where they
// are.
type service struct {
	listener net.Listener
	ready    atomic.Pointer[string]
	mu       sync.Mutex
	open     []net.Conn
}

func newService(ready string) (*service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{listener: listener}
	s.ready.Store(&ready)
	go s.accept()
	return s, nil
}

func (s *service) address() string { return s.listener.Addr().String() }

func (s *service) switchTo(ready string) { s.ready.Store(&ready) }

func (s *service) accept() {
	for {
		client, err := s.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", *s.ready.Load())
		if err != nil {
			_ = client.Close()
			continue
		}
		s.mu.Lock()
		s.open = append(s.open, client, server)
		s.mu.Unlock()
		go carry(client, server)
		go carry(server, client)
	}
}

func carry(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

func (s *service) close() {
	_ = s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, connection := range s.open {
		_ = connection.Close()
	}
}
