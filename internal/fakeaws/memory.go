package fakeaws

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/iblint/iblint/checks/account"
)

// StartInMemory starts a server that uses in-memory pipes instead of sockets. Clients connect
// to it with Connect. In a bubble of testing/synctest, the fake clock then skips all pauses of
// client and server. All such servers have the same URL, on which no socket listens.
func StartInMemory(inv *account.Inventory, options Options) *Server {
	s := newServer(inv, options)
	pipes := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: s}
	go func() { _ = server.Serve(pipes) }() // always returns http.ErrServerClosed
	s.URL, s.dial, s.end = "http://"+pipes.Addr().String(), pipes.dial, func() { _ = server.Close() }
	return s
}

// Connect makes a transport connect to the server, if it was started by StartInMemory.
func (s *Server) Connect(t *http.Transport) {
	if s.dial != nil {
		t.DialContext, t.WriteBufferSize = s.dial, 16<<10 // see Whole
	}
}

// Whole returns the request with its body in memory, so that a transport with Connect writes it
// with one call of Write. A pipe has no buffer. If the request takes two calls, the server may
// respond to the second before the transport has noticed that the call has returned, and
// the transport reports an error.
func Whole(r *http.Request) (*http.Request, error) {
	if r.Body == nil {
		return r, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	whole := r.WithContext(r.Context())
	whole.Body = io.NopCloser(bytes.NewReader(body))
	return whole, r.Body.Close()
}

// pipes is an in-memory net.Listener.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// Addr returns an address on loopback, for which clients use no proxy. Its port cannot be
// listened on.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 0} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accepted:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// dial connects to the listener. It ignores the address.
func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	var reset atomic.Bool
	select {
	case p.accepted <- end{server, &reset}:
		return end{client, &reset}, nil
	case <-p.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: p.Addr(), Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// end is one end of a connection. Like a net.TCPConn, it can be reset.
type end struct {
	net.Conn
	reset *atomic.Bool
}

// SetLinger makes Close reset the connection.
func (e end) SetLinger(int) error {
	e.reset.Store(true)
	return nil
}

func (e end) Read(b []byte) (int, error) {
	n, err := e.Conn.Read(b)
	if err != nil && e.reset.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}
