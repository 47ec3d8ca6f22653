package escape

import (
	"bytes"
	"cmp"
	"io"
	"sync"
)

// Guard is the last writer before a log or a file. It escapes whole lines, because a command of a CI
// system may result from the concatenation of texts, or from the position of a text at the start
// of a line. Several goroutines may use it.
type Guard struct {
	out     io.Writer
	line    func(string) string
	mutex   sync.Mutex
	partial bytes.Buffer // the line that has no line feed yet
	err     error        // first error of out
}

// NewGuard returns a Guard that writes the result of line for each line. The argument and the result
// of line have no line feed.
func NewGuard(out io.Writer, line func(string) string) *Guard { return &Guard{out: out, line: line} }

// Write writes the lines that are complete. It returns the error of the underlying writer.
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
			g.err = cmp.Or(g.err, err)
			return 0, err
		}
	}
	return len(p), nil
}

// Flush writes the last line if it has no line feed. It does not add one. It returns the first error
// of the underlying writer, also of an earlier Write.
func (g *Guard) Flush() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.partial.Len() > 0 {
		_, err := io.WriteString(g.out, g.line(g.partial.String()))
		g.err = cmp.Or(g.err, err)
		g.partial.Reset()
	}
	return g.err
}
