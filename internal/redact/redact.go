// Package redact replaces account IDs, ARNs and names by pseudonyms, so that a
// report or a recording can be shown to others. A pseudonym is a number: those of
// one run hang together, and nothing leads back from them to what they stand for, as
// a hash of twelve digits would. What AWS itself names stays, and so do published
// Regions, verdicts and the words of policies; every other word is replaced.
package redact

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/iblint/iblint/checks/account"
)

// Redactor knows the pseudonyms of one run. The same inventory gives the same ones.
type Redactor struct {
	pseudonyms map[string]string // by word
	numbers    map[string]int    // of the pseudonyms, by word
	issued     map[string]bool   // the pseudonyms
	lengths    [256][]int        // of the words, in bytes, by their first byte: each once, the longest first
	documents  map[string]string // policies that were redacted: many roles have the same one
	readAt     time.Time

	inventory *account.Inventory // that was learned from
	learned   map[string]any     // as JSON
}

// New learns what an inventory names, and what else is told, such as the
// suppressions' owners.
func New(inv *account.Inventory, more ...string) (*Redactor, error) {
	decoded, err := tree(inv)
	if err != nil {
		return nil, err
	}
	words := map[string]bool{}
	learn := learner(func(word string) { words[word] = true })
	documents := map[string]bool{}
	w := walker{word: learn, number: learn, instant: learn}
	w.documented = func(text string) string {
		if !documents[text] {
			documents[text] = true
			w.document(text)
		}
		return text
	}
	w.tree(reflect.TypeFor[account.Inventory](), "", decoded)
	for _, text := range more {
		w.string(text)
	}

	r := &Redactor{
		pseudonyms: map[string]string{}, numbers: map[string]int{}, issued: map[string]bool{redacted: true}, documents: map[string]string{},
		readAt: inv.ReadAt, inventory: inv, learned: decoded,
	}
	last := map[string]int{}           // number of a form
	spellings := map[string][]string{} // of the word, by how Image Builder spells it in ARNs
	for _, word := range slices.Sorted(maps.Keys(words)) {
		plain := word
		if formOf(word).key == nameForm.key {
			plain = inARN(word)
		}
		spellings[plain] = append(spellings[plain], word)
	}
	for _, plain := range slices.Sorted(maps.Keys(spellings)) {
		form := formOf(plain)
		last[form.key]++
		n := last[form.key]
		k := 0
		for _, word := range spellings[plain] {
			pseudonym := form.write(n)
			if word != plain {
				k++
				pseudonym = respelled(pseudonym, k)
			}
			r.put(word, pseudonym)
			r.numbers[word] = n
		}
	}
	// Messages and documents may quote a word, and Image Builder spells names its own way.
	for _, plain := range slices.Sorted(maps.Keys(spellings)) {
		for _, word := range spellings[plain] {
			r.putSpellings(word, r.pseudonyms[word])
		}
	}
	r.sort()
	return r, nil
}

// learner learns words. What looks like a range of addresses, 10.0.0.0/24, may be the path
// and the name of a role: it is learned both ways.
func learner(learn func(word string)) func(string) string {
	piece := walker{word: func(word string) string {
		learn(word)
		return word
	}}
	return func(word string) string {
		learn(word)
		if strings.ContainsAny(word, "/:") {
			piece.pieces(word)
		}
		return word
	}
}

// Without takes names out of text, and account IDs and ARNs as Line does: for what is
// told before it is known what there is.
func Without(texts ...string) *Redactor {
	r := &Redactor{pseudonyms: map[string]string{}, issued: map[string]bool{redacted: true}, documents: map[string]string{}}
	learn := learner(func(word string) {
		r.put(word, redacted)
		r.putSpellings(word, redacted)
	})
	w := walker{word: learn, number: learn, instant: learn}
	for _, text := range texts {
		w.string(text)
	}
	r.sort()
	return r
}

func (r *Redactor) sort() {
	for i := range r.lengths {
		slices.Sort(r.lengths[i])
		slices.Reverse(r.lengths[i])
		r.lengths[i] = slices.Compact(r.lengths[i])
	}
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

func (r *Redactor) put(word, pseudonym string) {
	if _, known := r.pseudonyms[word]; !known && word != "" {
		r.pseudonyms[word] = pseudonym
		r.lengths[word[0]] = append(r.lengths[word[0]], len(word))
		r.issued[pseudonym] = true
	}
}

// putSpellings puts the other ways in which text has a word: quoted, as messages and
// JSON quote it, and as it stands in ARNs that are made of it.
func (r *Redactor) putSpellings(word, pseudonym string) {
	plain := true
	for i := range len(word) {
		c := word[i]
		plain = plain && c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	if !plain {
		for _, quoted := range []string{strconv.Quote(word), strconv.QuoteToASCII(word), quote(word)} {
			r.put(quoted[1:len(quoted)-1], pseudonym)
		}
	}
	if low := strings.ToLower(word); low != word {
		r.put(low, pseudonym)
	}
	if spelled := inARN(word); spelled != word {
		r.put(spelled, pseudonym)
	}
}

// A form of pseudonyms: AWS's commands, and iblint, tell the forms of IDs apart.
type form struct {
	key   string // the words of one form are counted together
	is    func(string) bool
	write func(n int) string
}

func numbered(key, pattern string) form {
	return form{key, regexp.MustCompile(pattern).MatchString, func(n int) string { return fmt.Sprintf(key, n) }}
}

var forms = func() []form {
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
		numbered("AROA%017d", `^(AROA|AIDA|AKIA|ASIA)[A-Z0-9]{8,}$`),
		// No network has these addresses (RFC 1122, section 3.2.1.3, and RFC 3849).
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
	// What has the form of a Region keeps it, and its partition.
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
}()

// letters is a number in letters.
func letters(n int) string {
	text := ""
	for ; n > 0; n /= 26 {
		text = string(rune('a'+n%26)) + text
	}
	return text
}

var nameForm = numbered("name-%d", "")

func formOf(word string) form {
	for _, f := range forms {
		if f.is(word) {
			return f
		}
	}
	return nameForm
}

// Inventory is the inventory with pseudonyms in it.
func (r *Redactor) Inventory(inv *account.Inventory) (*account.Inventory, error) {
	decoded := r.learned
	r.learned = nil // it takes as much memory as the inventory
	if inv != r.inventory || decoded == nil {
		var err error
		if decoded, err = tree(inv); err != nil {
			return nil, err
		}
	}
	return inventoryOf(r.walker().tree(reflect.TypeFor[account.Inventory](), "", decoded).(map[string]any))
}

// walker puts pseudonyms in.
func (r *Redactor) walker() walker {
	return walker{word: r.word, number: r.number, instant: r.instant, documented: r.document}
}

func (r *Redactor) word(word string) string {
	if pseudonym, ok := r.pseudonyms[word]; ok {
		return pseudonym
	}
	return r.text(word) // iblint's own, perhaps with a word that was learned in it
}

func (r *Redactor) number(text string) string {
	if n, ok := r.numbers[text]; ok {
		return strconv.Itoa(n)
	}
	return text
}

// instant keeps on which side of the reading it is.
func (r *Redactor) instant(text string) string {
	n, ok := r.numbers[text]
	if !ok {
		return text
	}
	start := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	if seconds, e := strconv.ParseInt(text, 10, 64); err != nil && e == nil {
		at, err = time.Unix(seconds, 0), nil
	}
	switch {
	case err != nil:
		return r.word(text) // it cannot be read as one
	case at.After(r.readAt):
		start = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return start.Add(time.Duration(n) * time.Second).Format(time.RFC3339)
}

func (r *Redactor) document(text string) string {
	now, ok := r.documents[text]
	if !ok {
		w := r.walker()
		w.documented = nil
		now = w.document(text)
		r.documents[text] = now
	}
	return now
}

// Text puts the pseudonyms into text: whole words only, the longest first. An account
// ID that nobody learned of is taken out, too.
func (r *Redactor) Text(text string) string {
	if pseudonym, ok := r.pseudonyms[text]; ok {
		return pseudonym
	}
	if looksLikeDocument(text) && strings.Contains(text, `"`) {
		return r.document(text)
	}
	return r.text(text)
}

// Path puts pseudonyms into the name of a file.
func (r *Redactor) Path(name string) string { return r.walker().pieces(name) }

// Error puts pseudonyms into an error, of which only known words stay: it may repeat
// whatever was given.
func (r *Redactor) Error(text string) string {
	w := walker{word: func(word string) string {
		if r.issued[word] || IsPseudonym(word) && digits.MatchString(word) {
			return word
		}
		return redacted
	}}
	return w.told(r.text(text))
}

// Line takes account IDs and ARNs out of a line of which nothing is known, such as
// an error before anything was read.
func Line(text string) string { return nobody.text(text) }

var nobody = Without()

var digits = regexp.MustCompile(`^[0-9]{12}$`)

// redacted stands for what nobody learned of.
const redacted = "redacted"

// IsPseudonym says whether an account ID is one of ours. AWS gives none that begins
// with so many zeros.
func IsPseudonym(id string) bool { return strings.HasPrefix(id, "00000") }
