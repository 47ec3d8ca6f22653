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

// Limit is the largest size of one input file.
type Limit struct {
	Bytes int64  // 0: the default, see Large and Small
	Flag  string // the flag that changes the limit, for errors; may be empty
}

// The default limits in bytes. A recording of 10,000 accounts has about 600 MB. Files that
// people write, and policies and inputs that AWS accepts, are far smaller than a megabyte.
const (
	Large = 1 << 30 // recordings, authorization details, plans and reports
	Code  = 8 << 20 // Terraform configurations and CloudFormation templates
	Small = 1 << 20 // everything else
)

// Large returns the limit for recordings, authorization details, plans and reports.
func (l Limit) Large() Limit { return Limit{cmp.Or(l.Bytes, Large), l.Flag} }

// Code returns the limit for a file of a Terraform configuration, and for a CloudFormation template.
func (l Limit) Code() Limit { return Limit{cmp.Or(l.Bytes, Code), l.Flag} }

// Small returns the limit for all other files.
func (l Limit) Small() Limit { return Limit{cmp.Or(l.Bytes, Small), l.Flag} }

// Exceeded returns the error for a file that is larger than the limit.
func (l Limit) Exceeded(name string) error {
	raise := ""
	if l.Flag != "" {
		raise = "; to read it, raise the limit with " + l.Flag
	}
	return &InputError{fmt.Errorf("%s: is larger than %s%s", display(name), size(l.Bytes), raise)}
}

// ReadFile reads a file, or stdin if name is "-", and adds it to the inputs of the run. It
// removes a byte order mark, and converts UTF-16 with a byte order mark, which PowerShell's
// redirection writes, to UTF-8. Errors are *InputError.
func (in *Inputs) ReadFile(name string, stdin io.Reader, limit Limit) ([]byte, error) {
	data, err := in.ReadBytes(name, stdin, limit)
	if err != nil {
		return nil, err
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

// ReadBytes is ReadFile without a conversion, for code, whose places and edits count bytes.
func (in *Inputs) ReadBytes(name string, stdin io.Reader, limit Limit) ([]byte, error) {
	r := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, cannotRead(name, err)
		}
		defer f.Close()
		r = f
	}
	if f, ok := r.(*os.File); ok {
		in.addOpen(name, f)
	}
	data, err := readAll(r, limit.Bytes)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, limit.Exceeded(name)
	case err != nil:
		return nil, cannotRead(name, err)
	}
	return data, nil
}

func cannotRead(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // without the name, which the message contains
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
		case info.Size() <= Large: // do not allocate more for a size that may be wrong
			b.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	n, err := b.ReadFrom(io.LimitReader(in, limit+1))
	if n > limit {
		return nil, errTooLarge
	}
	return b.Bytes(), err
}

// size formats a number of bytes in the largest unit that divides it.
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

// DecodeError returns an *InputError about a JSON file, with the line and column of the error
// if err contains its position. Expected names what the file should contain.
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
		err = fmt.Errorf("%s is a JSON %s, which is not expected", cmp.Or(kind.Field, "the document"), kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, err = int64(len(data)), errors.New("the file is truncated")
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

// FileError returns an *InputError about a file with the right content that cannot be used.
func FileError(name, format string, args ...any) error {
	return &InputError{fmt.Errorf("%s: %w", display(name), fmt.Errorf(format, args...))}
}

// Cut shortens a message that quotes text from a file, which may be as long as the file.
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
