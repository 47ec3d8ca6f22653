// Package redact replaces account IDs, ARNs and names by pseudonyms, so that a
// report or a recording can be shown to others. A pseudonym is a number: those of
// one run hang together, and nothing leads back from them to what they stand for, as
// a hash of twelve digits would. What AWS itself names stays, and so do Regions,
// verdicts and the words of policies.
package redact

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/iblint/iblint/checks/account"
)

// Redactor knows the pseudonyms of one run. The same inventory gives the same ones.
type Redactor struct {
	pseudonyms map[string]string // by account ID, AWS's ID or name
	lengths    []int             // of them, in bytes: each once, the longest first
}

// New learns what an inventory names, and what else is told, such as the
// suppressions' owners.
func New(inv *account.Inventory, more ...string) (*Redactor, error) {
	learned := names{}
	if err := learned.inventory(inv); err != nil {
		return nil, err
	}
	for _, text := range more {
		learned.name(text)
	}
	r := &Redactor{pseudonyms: map[string]string{}}
	numbers := map[string]int{}        // of the last pseudonym of a form
	spellings := map[string][]string{} // of the name, by how Image Builder spells it in ARNs
	for _, name := range slices.Sorted(maps.Keys(learned)) {
		form, plain := formOf(name), name
		if form == nameForm {
			plain = inARN(name)
		}
		spellings[plain] = append(spellings[plain], name)
	}
	for _, plain := range slices.Sorted(maps.Keys(spellings)) {
		form := formOf(plain)
		numbers[form]++
		k := 0
		for _, name := range spellings[plain] {
			pseudonym := fmt.Sprintf(form, numbers[form])
			if name != plain {
				k++
				pseudonym = respelled(pseudonym, k)
			}
			r.put(name, pseudonym)
			// Messages and documents may quote it.
			r.put(strings.Trim(strconv.Quote(name), `"`), pseudonym)
		}
	}
	r.sort()
	return r, nil
}

// Without takes names out of text, and account IDs and ARNs as Line does: for what is
// told before it is known what there is.
func Without(texts ...string) *Redactor {
	learned := names{}
	for _, text := range texts {
		learned.name(text)
	}
	r := &Redactor{pseudonyms: map[string]string{}}
	for name := range learned {
		r.put(name, redacted)
	}
	r.sort()
	return r
}

func (r *Redactor) sort() {
	slices.SortFunc(r.lengths, func(a, b int) int { return cmp.Compare(b, a) })
	r.lengths = slices.Compact(r.lengths)
}

// inARN is how Image Builder spells the name of an image in its ARN: in lower case,
// with hyphens (documentation of the AWS SDKs, "CreateImageRecipe", name).
func inARN(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' {
			return '-'
		}
		return unicode.ToLower(r)
	}, name)
}

// respelled is the k-th spelling of a pseudonym: names that differ in case only keep
// differing in that, since it may be what is wrong with one.
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
	if k > 0 { // no name has so many
		return fmt.Sprintf("%s-%d", b, k)
	}
	return string(b)
}

func (r *Redactor) put(name, pseudonym string) {
	if _, known := r.pseudonyms[name]; !known {
		r.pseudonyms[name] = pseudonym
		r.lengths = append(r.lengths, len(name))
	}
}

// The forms of AWS's IDs, which pseudonyms keep: AWS's commands, and iblint, tell
// them apart by it.
var forms = []struct {
	is   *regexp.Regexp
	form string
}{
	{regexp.MustCompile(`^[0-9]{12}$`), "%012d"},
	{regexp.MustCompile(`^o-[a-z0-9]{10,32}$`), "o-%010d"},
	{regexp.MustCompile(`^r-[0-9a-z]{4,32}$`), "r-%04d"},
	{regexp.MustCompile(`^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`), "ou-0000-%08d"},
	{regexp.MustCompile(`^p-[0-9A-Za-z_]{8,128}$`), "p-%08d"},
	{regexp.MustCompile(`^ami-[0-9a-z]+$`), "ami-%017d"},
	{regexp.MustCompile(`^(AROA|AIDA|AKIA|ASIA)[A-Z0-9]{8,}$`), "AROA%017d"},
}

const nameForm = "name-%d"

func formOf(name string) string {
	for _, f := range forms {
		if f.is.MatchString(name) {
			return f.form
		}
	}
	return nameForm
}

// Text puts the pseudonyms into text: whole words only, the longest name first. An
// account ID that nobody learned of is taken out all the same.
func (r *Redactor) Text(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "{") && strings.Contains(text, `"`) {
		return r.document(text)
	}
	return Line(r.words(text))
}

// words replaces what was learned.
func (r *Redactor) words(text string) string {
	var b strings.Builder
	inside := false // a word: its beginning was behind
	for i := 0; i < len(text); {
		if !inside {
			if n, pseudonym := r.at(text[i:]); n > 0 {
				b.WriteString(pseudonym)
				i += n
				inside = isWord(text[i-1])
				continue
			}
		}
		inside = isWord(text[i])
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// at finds the longest name that the text begins with and that ends with a word.
func (r *Redactor) at(text string) (length int, pseudonym string) {
	for _, n := range r.lengths {
		if n > len(text) || n < len(text) && isWord(text[n]) && isWord(text[n-1]) {
			continue
		}
		if p, ok := r.pseudonyms[text[:n]]; ok {
			return n, p
		}
	}
	return 0, ""
}

// isWord says whether a byte can be within a word. Beyond ASCII all can.
func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// document puts pseudonyms into a policy. A statement may be named as what it allows
// is, so the words of the language are left alone where they stand for themselves.
func (r *Redactor) document(text string) string {
	var b strings.Builder
	done := 0
	_ = eachString(text, func(at place, from, to int) { // the rest is no policy
		kept := from + at.kept(text[from:to])
		b.WriteString(text[done:kept])
		switch kept {
		case to:
		case from:
			b.WriteString(r.literal(text[from:to]))
		default: // the end of a string, which begins with what is kept
			b.WriteString(r.literal(`"` + text[kept:to])[1:])
		}
		done = to
	})
	return b.String() + stringLiteral.ReplaceAllStringFunc(text[done:], r.literal)
}

// stringLiteral is a string in JSON.
var stringLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// literal puts pseudonyms into a string of a JSON document, however it is escaped.
func (r *Redactor) literal(quoted string) string {
	text, err := unquoted(quoted)
	if err != nil {
		return r.words(quoted)
	}
	if now := Line(r.words(text)); now != text {
		return quote(now)
	}
	return quoted
}

var (
	// anyWord may be an account ID. An underscore ends a word: role names have it.
	anyWord = regexp.MustCompile(`[0-9A-Za-z]+`)
	// anyARN is an ARN of an account; those of AWS's own have "aws" there.
	anyARN = regexp.MustCompile(`\b(arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:)([0-9]{12}):` + nameInARN + `*`)
)

// redacted stands for an account that nobody learned of.
const redacted = "redacted"

// Line takes account IDs and ARNs out of a line of which nothing is known, such as
// an error before anything was read.
func Line(text string) string {
	text = anyARN.ReplaceAllStringFunc(text, func(arn string) string {
		m := anyARN.FindStringSubmatch(arn)
		if IsPseudonym(m[2]) {
			return arn
		}
		return m[1] + redacted + ":" + redacted
	})
	return anyWord.ReplaceAllStringFunc(text, func(id string) string {
		if !digits.MatchString(id) || IsPseudonym(id) {
			return id
		}
		return redacted
	})
}

// IsPseudonym says whether an account ID is one of ours. AWS gives none that begins
// with so many zeros.
func IsPseudonym(id string) bool { return strings.HasPrefix(id, "00000") }

func unquoted(literal string) (text string, err error) {
	err = json.Unmarshal([]byte(literal), &text)
	return text, err
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(quoted)
}
