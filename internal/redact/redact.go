// Package redact replaces account IDs, ARNs and names by pseudonyms, so that users
// can show a report or a recording to others. A pseudonym contains a number that is
// the same for the same word in the whole run. It reveals nothing about the word; a
// hash would, because all account IDs can be tried. Names that AWS defines,
// published Regions, verdicts and the words of the policy language are kept. Every
// other word is replaced.
package redact

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// Redactor holds the pseudonyms of one run. The same inventory gives the same
// pseudonyms.
type Redactor struct {
	pseudonyms map[string]string // by word
	numbers    map[string]int    // numbers of the pseudonyms, by word
	issued     map[string]bool   // the set of pseudonyms
	lengths    [256][]int        // lengths of the words in bytes, by first byte, the longest first, without duplicates
	phrases    []string          // words with a space, sorted
	documents  map[string]string // redacted policies by text, because many roles have the same policy
	readAt     time.Time

	inventory *account.Inventory // the inventory whose words are known
	learned   map[string]any     // the same, as decoded JSON
}

// New returns a redactor for the names in an inventory and in other texts, such as
// the owners of suppressions.
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
	last := map[string]int{}           // last number, by form
	spellings := map[string][]string{} // spellings of a word, by its spelling in ARNs of Image Builder
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
	// Messages and documents may quote a word, and ARNs of Image Builder may spell it
	// in another way.
	for _, plain := range slices.Sorted(maps.Keys(spellings)) {
		for _, word := range spellings[plain] {
			r.putSpellings(word, r.pseudonyms[word])
		}
	}
	r.sort()
	return r, nil
}

// learner returns a function that learns words. Text like an address range,
// 10.0.0.0/24, may also be the path and name of a role, so its parts are learned too.
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

// Without returns a redactor that removes the names in texts, and account IDs and
// ARNs as Line does. It is for messages before an inventory was read.
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
	for word := range r.pseudonyms {
		if strings.Contains(word, " ") {
			r.phrases = append(r.phrases, word)
		}
	}
	slices.Sort(r.phrases)
}

func (r *Redactor) put(word, pseudonym string) {
	if _, known := r.pseudonyms[word]; !known && word != "" {
		r.pseudonyms[word] = pseudonym
		r.lengths[word[0]] = append(r.lengths[word[0]], len(word))
		r.issued[pseudonym] = true
	}
}

// putSpellings adds the other spellings of a word in text: quoted as in messages and
// JSON, in lower case, as in ARNs of Image Builder, and as in excerpts.
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
	if strings.ContainsFunc(word, unicode.IsSpace) {
		if clause := account.Excerpt(word, len(word)); !isProse(clause) {
			r.put(clause, pseudonym)
		}
	}
}

// Inventory returns a copy of the inventory with pseudonyms.
func (r *Redactor) Inventory(inv *account.Inventory) (*account.Inventory, error) {
	decoded := r.learned
	r.learned = nil // frees as much memory as the inventory takes
	if inv != r.inventory || decoded == nil {
		var err error
		if decoded, err = tree(inv); err != nil {
			return nil, err
		}
	}
	return inventoryOf(r.walker().tree(reflect.TypeFor[account.Inventory](), "", decoded).(map[string]any))
}

// walker returns a walker that replaces words by pseudonyms.
func (r *Redactor) walker() walker {
	return walker{word: r.word, number: r.number, instant: r.instant, documented: r.document, message: r.message}
}

// message replaces the words in an error message. A name may consist of several words, of which some are
// words of messages.
func (r *Redactor) message(text string) string {
	w := walker{word: func(word string) string {
		if r.issued[word] {
			return word
		}
		return r.word(word)
	}}
	return w.errorText(r.text(text))
}

func (r *Redactor) word(word string) string {
	if pseudonym, ok := r.pseudonyms[word]; ok {
		return pseudonym
	}
	return r.text(word) // a word of iblint, which may contain a known word
}

func (r *Redactor) number(text string) string {
	if n, ok := r.numbers[text]; ok {
		return strconv.Itoa(n)
	}
	return text
}

// instant returns a pseudonym for a time. It keeps whether the time is after that of
// the reading, because conditions on the time compare them.
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
		return r.word(text) // not a time
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

// Text replaces known words in text by pseudonyms: whole words only, the longest
// first. It also removes account IDs that are not known.
func (r *Redactor) Text(text string) string {
	if pseudonym, ok := r.pseudonyms[text]; ok {
		return pseudonym
	}
	if looksLikeDocument(text) && strings.Contains(text, `"`) {
		return r.document(text)
	}
	return r.text(text)
}

// Path replaces the words in the name of a file by pseudonyms.
func (r *Redactor) Path(name string) string { return r.walker().pieces(name) }

// Error replaces the words in an error. It keeps only words that errors of iblint
// and AWS use, because an error may repeat any input.
func (r *Redactor) Error(text string) string {
	w := walker{word: func(word string) string {
		if r.issued[word] || IsPseudonym(word) && digits().MatchString(word) {
			return word
		}
		return redacted
	}}
	return w.errorText(r.text(text))
}

// Line removes account IDs and ARNs from a line when no names are known, as in an
// error before an inventory was read.
func Line(text string) string { return noNames().text(text) }

var noNames = sync.OnceValue(func() *Redactor { return Without() })

var digits = lazyregexp.New(`^[0-9]{12}$`)
