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

// Limit is how much is read of one input file, and the flag that raises it, if one does.
type Limit struct {
	Bytes int64
	Flag  string
}

// The limits where the user sets none. A recording of 10,000 accounts takes some
// 600 MB. What people write by hand, and the policies and inputs that AWS takes, are
// far below a megabyte.
const (
	Large = 1 << 30 // recordings, authorization details and reports
	Small = 1 << 20 // everything else
)

// Large is the limit for recordings, authorization details and reports.
func (l Limit) Large() Limit { return Limit{cmp.Or(l.Bytes, Large), l.Flag} }

// Small is the limit for everything else.
func (l Limit) Small() Limit { return Limit{cmp.Or(l.Bytes, Small), l.Flag} }

// ReadFile reads a file, or standard input for "-", as UTF-8. A byte order mark
// is taken off, and UTF-16 with one is converted: PowerShell's redirection writes it.
func ReadFile(name string, stdin io.Reader, limit Limit) ([]byte, error) {
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
	data, err := readAll(in, limit.Bytes)
	switch {
	case errors.Is(err, errTooLarge) && limit.Flag != "":
		return nil, &InputError{fmt.Errorf("%s: is larger than %s; %s raises the limit", display(name), size(limit.Bytes), limit.Flag)}
	case errors.Is(err, errTooLarge):
		return nil, &InputError{fmt.Errorf("%s: is larger than %s", display(name), size(limit.Bytes))}
	case err != nil:
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

var errTooLarge = errors.New("too large")

func readAll(in io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if f, ok := in.(*os.File); ok {
		info, err := f.Stat()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case info.Size() > limit:
			return nil, errTooLarge
		case info.Size() <= Large: // what is claimed to be larger proves it first
			b.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	n, err := b.ReadFrom(io.LimitReader(in, limit+1))
	if n > limit {
		return nil, errTooLarge
	}
	return b.Bytes(), err
}

// size is a number of bytes in the largest unit of which it is a multiple.
func size(n int64) string {
	for _, unit := range []struct {
		name string
		of   int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n%unit.of == 0 {
			return fmt.Sprintf("%d %s", n/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// DecodeError says where in a JSON file the fault is.
func DecodeError(name, expected string, data []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
		if strings.Contains(err.Error(), "exceeded max depth") {
			err = errors.New("nested deeper than 10000 levels")
		}
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
	return &InputError{fmt.Errorf("%s: is not %s: %s%s", display(name), expected, where, Cut(err.Error()))}
}

// Cut shortens a message that quotes what is in a file: a name in it may be as long as
// the file.
func Cut(message string) string {
	const most = 500
	if len(message) <= most {
		return message
	}
	return strings.ToValidUTF8(message[:most], "") + "…"
}

func display(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}
