package source

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// maxFile bounds what is read of one input file: an account's authorization
// details are some 2 MB, a recorded organisation some 20 MB.
const maxFile = 1 << 30

// ReadFile reads a file, or standard input for "-", as UTF-8. A byte order mark
// is taken off, and UTF-16 with one is converted: PowerShell's redirection writes it.
func ReadFile(name string, stdin io.Reader) ([]byte, error) {
	return ReadAtMost(maxFile, name, stdin)
}

// ReadAtMost is ReadFile for what is refused when it is not smaller than limit.
func ReadAtMost(limit int64, name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, cannotRead(name, err)
		}
		defer f.Close()
		in = f
	}
	if f, ok := in.(*os.File); ok {
		opened(name, f)
	}
	data, err := readAll(in, limit)
	if err != nil {
		return nil, cannotRead(name, err)
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		data, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil {
			return nil, &InputError{fmt.Errorf("%s: is not valid UTF-16: %w", display(name), err)}
		}
	}
	return data, nil
}

func cannotRead(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the name stands before it already
	}
	return &InputError{fmt.Errorf("%s: cannot be read: %w", display(name), err)}
}

func readAll(in io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < limit {
			b.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	n, err := b.ReadFrom(io.LimitReader(in, limit))
	if n == limit {
		return nil, fmt.Errorf("it is larger than %d MiB", limit>>20)
	}
	return b.Bytes(), err
}

// DecodeError says where in a JSON file the fault is.
func DecodeError(name, expected string, data []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		err = fmt.Errorf("%s is a JSON %s there, which is not expected", cmp.Or(kind.Field, "the document"), kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, err = int64(len(data)), errors.New("the file ends too early")
	}
	where := ""
	if offset >= 0 && offset <= int64(len(data)) {
		before := data[:offset]
		line := 1 + bytes.Count(before, []byte("\n"))
		where = fmt.Sprintf("line %d, column %d: ", line, max(1, len(before)-bytes.LastIndexByte(before, '\n')-1))
	}
	if unknown, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		err = fmt.Errorf("unknown field %s", unknown)
	}
	return &InputError{fmt.Errorf("%s: is not %s: %s%w", display(name), expected, where, err)}
}

func display(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}
