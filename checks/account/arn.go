package account

import (
	"cmp"
	"regexp"
	"strings"
	"sync"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// RoleReference is the execution role that a lifecycle policy names: a role name, a
// path with a name, or an ARN (Image Builder API, type RoleNameOrArn).
type RoleReference struct {
	Text      string // as given
	Partition string // empty unless the reference is an ARN
	Account   string // empty unless the reference is an ARN
	Path      string // empty if the reference is a name without a path
	Name      string
}

// The form of the imagebuilder API's type RoleNameOrArn, and of IAM's role name
// and path. A reference of another form could not be stored in a lifecycle policy. In code,
// a symbol may stand for each part.
var roleReference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(`^(?:arn:(aws(?:-[a-z]+)*|SYMBOL):iam::([0-9]{12}|SYMBOL):role(/|SYMBOL)|/)?((?:(?:[\w+=,.@-]|SYMBOL)+/)*)((?:[\w+=,.@-]|SYMBOL){1,64})$`, "SYMBOL", symbol.Expression))
})

// ParseRoleReference parses a role name, path/name or role ARN. For other text, ok is
// false. A symbol between role and the name is the path.
func ParseRoleReference(text string) (ref RoleReference, ok bool) {
	m := roleReference().FindStringSubmatch(text)
	if m == nil {
		return RoleReference{Text: text}, false
	}
	ref = RoleReference{Text: text, Partition: m[1], Account: m[2], Name: m[5]}
	if ref.Account != "" || m[4] != "" {
		ref.Path = cmp.Or(m[3], "/") + m[4]
	}
	return ref, true
}

// PathOf begins the name of the symbol for the path of a role that code looks up: whichever it
// is, it is the path of that role.
const PathOf = "path of "

// RoleARN returns the ARN of a role. The path begins and ends with a slash; "" means "/".
func RoleARN(partition, account, path, name string) string {
	if path == "" {
		path = "/"
	}
	return "arn:" + partition + ":iam::" + account + ":role" + path + name
}

// RepositoryARN returns the ARN of an ECR repository.
func RepositoryARN(partition, account string, r Repository) string {
	return "arn:" + partition + ":ecr:" + r.Region + ":" + account + ":repository/" + r.Name
}

var (
	accountID      = lazyregexp.New(`^[0-9]{12}$`)
	region         = lazyregexp.New(`^[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}$`)
	partitionName  = lazyregexp.New(`^aws(?:-[a-z]+)*$`)
	repositoryName = lazyregexp.New(`^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$`)
)

// IsAccountID reports whether the text has the form of an AWS account ID: 12 digits.
func IsAccountID(s string) bool { return accountID().MatchString(s) }

// IsRegion reports whether the text has the form of a Region name, such as eu-west-1.
func IsRegion(s string) bool { return region().MatchString(s) }

// IsRepositoryName reports whether the text has the form of an ECR repository name
// (ECR API, CreateRepository: repositoryName).
func IsRepositoryName(s string) bool {
	return len(s) >= 2 && len(s) <= 256 && repositoryName().MatchString(s)
}

// PartitionOf returns the partition that the prefix of a Region name belongs to, or ""
// if it is not known.
func PartitionOf(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "eusc-"):
		return "aws-eusc"
	case strings.HasPrefix(region, "us-iso-"):
		return "aws-iso"
	case strings.HasPrefix(region, "us-isob-"):
		return "aws-iso-b"
	case strings.HasPrefix(region, "eu-isoe-"):
		return "aws-iso-e"
	case strings.HasPrefix(region, "us-isof-"):
		return "aws-iso-f"
	case IsRegion(region):
		return "aws"
	}
	return ""
}
