package escape

import (
	"bytes"
	"io"
	"sync"
)

// Guard is the last writer before a log or a file: it sees whole lines, so that no
// command of a CI system passes that only comes about where pieces of text meet, or
// because a piece begins a line. Several goroutines may write to it.
type Guard struct {
	out     io.Writer
	line    func(string) string
	mutex   sync.Mutex
	partial bytes.Buffer // a line without its end
}

// NewGuard passes each line on as the function makes it, without its line feed.
func NewGuard(out io.Writer, line func(string) string) *Guard { return &Guard{out: out, line: line} }

// Write passes on what it has of whole lines.
func (g *Guard) Write(p []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	var whole bytes.Buffer
	for rest := p; ; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		g.partial.Write(line)
		if !ended {
			break
		}
		whole.WriteString(g.line(g.partial.String()))
		whole.WriteByte('\n')
		g.partial.Reset()
		rest = after
	}
	if whole.Len() > 0 {
		if _, err := whole.WriteTo(g.out); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// Flush passes on a last line without a line feed.
func (g *Guard) Flush() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.partial.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(g.out, g.line(g.partial.String()))
	g.partial.Reset()
	return err
}
