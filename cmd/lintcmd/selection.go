package lintcmd

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
)

// selectionFlags select checks.
type selectionFlags struct{ only, skip []string }

func (f *selectionFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.only, "only", nil, "only this check (iblint rules lists them)")
	flags.StringSliceVar(&f.skip, "skip", nil, "all checks but this one")
}

// of returns the checks of all that the flags select.
func (f *selectionFlags) of(all []checks.Check) ([]checks.Check, error) {
	for _, id := range f.only {
		if _, err := find(all, id); err != nil {
			return nil, usage("--only: %w", err)
		}
	}
	for _, id := range f.skip {
		if _, err := find(all, id); err != nil {
			return nil, usage("--skip: %w", err)
		}
	}
	selected := slices.DeleteFunc(slices.Clone(all), func(c checks.Check) bool {
		return len(f.only) > 0 && !slices.Contains(f.only, c.ID) || slices.Contains(f.skip, c.ID)
	})
	switch {
	case len(selected) == 0 && len(f.only) == 0:
		return nil, usage("--skip leaves no check")
	case len(selected) == 0:
		return nil, usage("--only and --skip together select no check")
	}
	return selected, nil
}

func find(all []checks.Check, id string) (checks.Check, error) {
	var ids []string
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
		ids = append(ids, c.ID)
	}
	return checks.Check{}, usage("there is no check %q%s (all checks: iblint rules)", id, didYouMean(id, ids))
}
