package lintcmd

import "io"

// checkedWriter keeps the first error of writing. Cobra's help and version, and what
// is printed line by line, do not look.
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
