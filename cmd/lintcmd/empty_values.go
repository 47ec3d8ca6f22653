package lintcmd

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// mayBeEmpty are the flags to which an empty value means something.
var mayBeEmpty = map[string]bool{"source-account": true, "source-arn": true}

// refuseEmptyValues makes the flags of a command refuse an empty value. A shell passes one for a variable
// that is not set, and the run would be another one than was meant: of all checks, or of all parts.
func refuseEmptyValues(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.NoOptDefVal != "" || mayBeEmpty[f.Name] {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			f.Value = noEmptyElement{f.Value, list}
		} else {
			f.Value = notEmpty{f.Value}
		}
	})
}

var errEmpty = errors.New("the value is empty")

type notEmpty struct{ pflag.Value }

func (v notEmpty) Set(text string) error {
	if text == "" {
		return errEmpty
	}
	return v.Value.Set(text)
}

type noEmptyElement struct {
	pflag.Value
	pflag.SliceValue
}

func (v noEmptyElement) Set(text string) error {
	if text == "" {
		return errEmpty
	}
	if err := v.Value.Set(text); err != nil {
		return err
	}
	if slices.Contains(v.GetSlice(), "") {
		return errors.New("an element of the list is empty")
	}
	return nil
}
