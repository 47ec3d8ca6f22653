package lintcmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report/escape"
)

// profilesShown is the number of profiles that an error lists.
const profilesShown = 5

// sayWhatNext says after an error about credentials what the user can do besides.
func (s invocation) sayWhatNext(err error) {
	var credentials *awsapi.CredentialsError
	if !errors.As(err, &credentials) {
		return
	}
	_, redacted := s.err.(*redacting)
	if names := awsapi.Profiles(); credentials.Profile == "" && len(names) > 0 && !redacted {
		more := ""
		if len(names) > profilesShown {
			more = fmt.Sprintf(" and %d more", len(names)-profilesShown)
			names = names[:profilesShown]
		}
		fmt.Fprintln(s.err, "iblint: the AWS configuration has the profiles "+escape.Printable(strings.Join(names, ", "))+more+"; choose one: iblint check --profile NAME (after: aws sso login --profile NAME)")
	}
	fmt.Fprintln(s.err, "iblint: these need no credentials: iblint check --demo; iblint check --recorded FILE; iblint check PATH, for code")
}
