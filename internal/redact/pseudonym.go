package redact

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// redacted replaces words that have no pseudonym.
const redacted = "redacted"

// IsPseudonym reports whether an account ID is a pseudonym. No account ID of AWS
// begins with so many zeros.
func IsPseudonym(id string) bool { return strings.HasPrefix(id, "00000") }

// A form is the syntax of an ID. A pseudonym has the form of its word, because
// iblint and the AWS CLI check it.
type form struct {
	key   string // numbers count the words with the same key
	is    func(string) bool
	write func(n int) string
}

func numbered(key, pattern string) form {
	return form{key, regexp.MustCompile(pattern).MatchString, func(n int) string { return fmt.Sprintf(key, n) }}
}

var forms = sync.OnceValue(func() []form {
	all := []form{
		numbered("%012d", `^[0-9]{12}$`),
		numbered("o-%010d", `^o-[a-z0-9]{10,32}$`),
		numbered("r-%04d", `^r-[0-9a-z]{4,32}$`),
		numbered("ou-0000-%08d", `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`),
		numbered("p-%08d", `^p-[0-9A-Za-z_]{8,128}$`),
		numbered("ami-%017d", `^ami-[0-9a-z]+$`),
		numbered("vpc-%017d", `^vpc-[0-9a-f]{8,17}$`),
		numbered("vpce-%017d", `^vpce-[0-9a-f]{8,17}$`),
		numbered("snap-%017d", `^snap-[0-9a-f]{8,17}$`),
		{"aws", partition().MatchString, func(n int) string { return "aws-zz-" + letters(n) }},
		numbered("AROA%017d", `^(AROA|AIDA|AKIA|ASIA)[A-Z0-9]{8,}$`),
		// These addresses are reserved (RFC 1122, section 3.2.1.3, and RFC 3849).
		{"0.0.0.0", func(s string) bool { return isAddress(s) && !strings.ContainsAny(s, ":/") }, func(n int) string {
			return fmt.Sprintf("0.%d.%d.%d", n>>16&0xff, n>>8&0xff, n&0xff)
		}},
		{"0.0.0.0/32", func(s string) bool { return isAddress(s) && !strings.Contains(s, ":") }, func(n int) string {
			return fmt.Sprintf("0.%d.%d.%d/32", n>>16&0xff, n>>8&0xff, n&0xff)
		}},
		{"2001:db8::", func(s string) bool { return isAddress(s) && !strings.Contains(s, "/") }, func(n int) string {
			return fmt.Sprintf("2001:db8::%x", n)
		}},
		{"2001:db8::/128", isAddress, func(n int) string { return fmt.Sprintf("2001:db8::%x/128", n) }},
	}
	// A word with the form of a Region keeps the form and the partition.
	for _, prefix := range []string{"cn", "us-gov", "eusc", "us-iso", "us-isob", "eu-isoe", "us-isof", ""} {
		start := prefix
		if prefix == "" {
			start = "zz"
		}
		all = append(all, form{
			start, func(s string) bool { return account.IsRegion(s) && (prefix == "" || strings.HasPrefix(s, prefix+"-")) },
			func(n int) string { return start + "-" + letters(n) + "-1" },
		})
	}
	return all
})

// partition matches the name of a partition. Recordings may have one that iblint does not know.
var partition = lazyregexp.New(`^aws(-[a-z]+)+$`)

// letters returns a number in base 26, written in lower-case letters.
func letters(n int) string {
	text := ""
	for ; n > 0; n /= 26 {
		text = string(rune('a'+n%26)) + text
	}
	return text
}

var nameForm = numbered("name-%d", "")

func formOf(word string) form {
	for _, f := range forms() {
		if f.is(word) {
			return f
		}
	}
	return nameForm
}

// inARN returns the name of an image as Image Builder spells it in the ARN: in lower
// case, with hyphens (documentation of the AWS SDKs, "CreateImageRecipe", name).
func inARN(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' {
			return '-'
		}
		return unicode.ToLower(r)
	}, name)
}

// respelled returns the k-th spelling of a pseudonym. Pseudonyms of names that differ
// only in case also differ only in case, because the case may be the problem.
func respelled(pseudonym string, k int) string {
	b := []byte(pseudonym)
	for i, c := range b {
		if c < 'a' || c > 'z' {
			continue
		}
		if k&1 == 1 {
			b[i] -= 'a' - 'A'
		}
		k >>= 1
	}
	if k > 0 { // more spellings than letters
		return fmt.Sprintf("%s-%d", b, k)
	}
	return string(b)
}
