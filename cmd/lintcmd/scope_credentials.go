package lintcmd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source/awsapi"
)

var sessionName = lazyregexp.New(`^[\w+=,.@-]{2,64}$`)

const (
	expectedRoleName    = "expected the name of a role, with its path if it has one; it must be the same in every account"
	expectedSessionName = "expected 2 to 64 letters, digits or _+=,.@-"
)

// roleToAssume returns the role to assume in all accounts, and its external ID, from the
// flags or the configuration, which was validated when it was read.
func (f *scopeFlags) roleToAssume(cfg configuration) (name, externalID string, err error) {
	name, externalID = cmp.Or(f.roleName, cfg.RoleName), cmp.Or(f.externalID, cfg.ExternalID)
	if ref, ok := account.ParseRoleReference(f.roleName); f.roleName != "" && (!ok || ref.Account != "") {
		return "", "", usage("--role-name %s: %s", f.roleName, expectedRoleName)
	}
	if f.externalID != "" && name == "" {
		return "", "", usage("--external-id requires --role-name")
	}
	if externalID != "" && name == "" {
		return "", "", usage("%s: externalId requires roleName, or --role-name", cfg.places.of("externalId"))
	}
	if f.sessionName != "" && !sessionName().MatchString(f.sessionName) {
		return "", "", usage("--session-name %s: %s", f.sessionName, expectedSessionName)
	}
	return name, externalID, nil
}

// access adds the credentials that flags name for accounts: ACCOUNT=PROFILE or
// ACCOUNT=ROLE_ARN.
func (f *scopeFlags) access(to map[string]awsapi.Access) error {
	for _, v := range slices.Concat(f.owners, f.destinations) {
		id, by, ok := strings.Cut(v, "=")
		if !ok {
			continue
		}
		switch ref, isRole := account.ParseRoleReference(by); {
		case by == "":
			return usage("%s: expected a profile or a role ARN after the =", v)
		case isRole && ref.Account != "":
			to[id] = awsapi.Access{Role: by}
		case strings.HasPrefix(by, "arn:"):
			return usage("%s: %s is not a role ARN such as arn:aws:iam::%s:role/NAME", v, by, id)
		default:
			to[id] = awsapi.Access{Profile: by}
		}
	}
	return nil
}
