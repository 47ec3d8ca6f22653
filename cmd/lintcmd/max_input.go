package lintcmd

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
)

// maxInput is the value of --max-input in bytes. 0 means the default of each kind of file.
type maxInput int64

func (m *maxInput) register(flags *pflag.FlagSet) {
	flags.Var(m, "max-input", "largest input file, such as 2GiB (default by kind)")
}

func (m maxInput) limit() source.Limit { return source.Limit{Bytes: int64(m), Flag: "--max-input"} }

func (m *maxInput) String() string { return "" }
func (m *maxInput) Type() string   { return "SIZE" }

var byteSize = lazyregexp.New(`^([1-9][0-9]{0,8})(KiB|MiB|GiB)?$`)

func (m *maxInput) Set(text string) error {
	parts := byteSize().FindStringSubmatch(text)
	if parts == nil {
		return errors.New("expected a size such as 2GiB")
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return err
	}
	*m = maxInput(n << map[string]int{"": 0, "KiB": 10, "MiB": 20, "GiB": 30}[parts[2]])
	return nil
}
