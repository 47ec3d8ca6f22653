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

// StartInMemory starts a server that speaks HTTP over pipes instead of sockets: its
// client connects with Connect. In a bubble of testing/synctest the clock then jumps over
// every pause of both sides. All such servers have the same URL, which no socket listens on.
func StartInMemory(inv *account.Inventory, options Options) *Server {
	s := newServer(inv, options)
	pipes := &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: s}
	go func() { _ = server.Serve(pipes) }() // it returns http.ErrServerClosed
	s.URL, s.dial, s.end = "http://"+pipes.Addr().String(), pipes.dial, func() { _ = server.Close() }
	return s
}

// Connect makes the connections of a transport go to the server, if it is one in memory.
func (s *Server) Connect(t *http.Transport) {
	if s.dial != nil {
		t.DialContext, t.WriteBufferSize = s.dial, 16<<10 // see Whole
	}
}

// Whole is the request with its body in memory, so that a transport with Connect writes
// it in one piece. A pipe holds nothing: of a request in two pieces, the server answers
// the second before the transport has noted that it is written, and the transport takes
// that for an error.
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

// pipes is a net.Listener in memory.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

// Addr is on loopback, where no proxy is asked for, at a port that cannot be listened on.
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

// dial connects to the listener, whatever the address.
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

// end is one end of a connection. It may be reset, as a net.TCPConn may be.
type end struct {
	net.Conn
	reset *atomic.Bool
}

// SetLinger says that closing resets the connection.
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
