package checks

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/internal/lazyregexp"
)

var checkID = lazyregexp.New(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Validate returns an error that joins all problems of the checks, each with the check's ID:
//   - an ID that is missing, malformed or used twice;
//   - no title, a title with a full stop, or no documentation;
//   - an unknown severity;
//   - no documented statuses, or one that is unknown, documented twice or without a text;
//   - a check that was not made with On.
func Validate(all []Check) error {
	var problems []error
	seen := map[string]bool{}
	for i, c := range all {
		name := "check " + c.ID
		if c.ID == "" {
			name = fmt.Sprintf("check %d of %d", i+1, len(all))
		}
		report := func(format string, args ...any) { problems = append(problems, fmt.Errorf(name+": "+format, args...)) }
		switch {
		case c.ID == "":
			report("it has no ID")
		case !checkID().MatchString(c.ID):
			report("the ID must be lower-case words joined by hyphens, such as execution-role-exists")
		case seen[c.ID]:
			report("another check has the same ID")
		}
		seen[c.ID] = true
		if c.evaluate == nil {
			report("it has no decision; create it with checks.On")
		}
		if c.Title == "" || strings.HasSuffix(c.Title, ".") {
			report("the title must be a statement without a full stop")
		}
		if c.Doc == "" {
			report("it has no documentation (Doc)")
		}
		if !slices.Contains([]Severity{High, Medium, Low}, c.Severity) {
			report("the severity is %q; it must be high, medium or low", c.Severity)
		}
		if len(c.Cases) == 0 {
			report("it documents no statuses (Cases)")
		}
		documented := map[Status]bool{}
		for _, v := range c.Cases {
			switch {
			case !slices.Contains(Statuses, v.Status):
				report("it documents the unknown status %q", v.Status)
			case v.When == "" || documented[v.Status]:
				report("it documents the status %s twice or without a text", v.Status)
			}
			documented[v.Status] = true
		}
	}
	return errors.Join(problems...)
}
