package lintcmd

import "io"

// checkedWriter keeps the first error of Write. Cobra ignores errors when it prints help
// and version, and so do commands that print line by line.
type checkedWriter struct {
	io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}
