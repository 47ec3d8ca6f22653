package redact

import (
	"slices"
	"strings"
	"sync"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// text replaces known words in a text of iblint by pseudonyms: whole words only, the
// longest first. It replaces the parts of ARNs one by one.
func (r *Redactor) text(text string) string {
	if strings.Contains(text, "...") {
		text = r.uncut(text)
	}
	if len(r.phrases) > 0 && strings.Contains(text, excerptEnd) {
		text = r.unexcerpted(text)
	}
	if strings.Contains(text, `character "`) { // an error may quote one character of a name
		text = oneCharacter().ReplaceAllString(text, `character "`+redacted+`"`)
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	inside := false // the previous byte is part of a word
	for i := 0; i < len(text); {
		if !inside {
			if n, now := r.next(text, i); n > 0 {
				b.WriteString(now)
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

var oneCharacter = lazyregexp.New(`character "(?:[^"\\]|\\.)[^"]*"`)

// next returns the replacement of the words at text[i:] and their length. The length is
// 0 if there is no word to replace or to keep as a whole.
func (r *Redactor) next(text string, i int) (length int, now string) {
	c := text[i]
	if c == 'a' && strings.HasPrefix(text[i:], "arn:") {
		if n, now := r.arn(text[i:]); n > 0 {
			return n, now
		}
	}
	if n := compound(text[i:]); n > 0 {
		return n, text[i : i+n]
	}
	if n, pseudonym := r.at(text, i); n > 0 {
		return n, pseudonym
	}
	if c >= '0' && c <= '9' {
		if n := wordLength(text[i:]); n == 12 && digits().MatchString(text[i:i+12]) && !IsPseudonym(text[i:]) {
			return n, redacted
		}
	}
	return 0, ""
}

// at finds the longest known word at text[i:] that ends at a word boundary.
func (r *Redactor) at(text string, i int) (length int, pseudonym string) {
	rest := text[i:]
	for _, n := range r.lengths[rest[0]] {
		if n > len(rest) || n < len(rest) && isWord(rest[n]) && isWord(rest[n-1]) {
			continue
		}
		if p, ok := r.pseudonyms[rest[:n]]; ok && (!isShort(rest[:n]) || isNamed(text, i, i+n)) {
			return n, p
		}
	}
	return 0, ""
}

// isShort reports whether a message may use the same word with another meaning: "a",
// or a small number.
func isShort(word string) bool {
	return shortWords()[word] || len(word) <= 4 && strings.Trim(word, "0123456789.") == ""
}

// shortWords are the words of at most two characters that messages of iblint use.
var shortWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq("a A an An as As at At be by By do Do go Go if If in In is Is it It no No of Of on On or so So to To up Up us we We " +
		"s h m x v1 V1 v2 V2 ID OK CI US EU") {
		words[word] = true
	}
	return words
})

// isNamed reports whether the text around a short word shows that it is a name.
func isNamed(text string, from, to int) bool {
	if from == 0 && to == len(text) {
		return true
	}
	const joins = "/*?@=\"'"
	if from > 0 && (strings.IndexByte(joins, text[from-1]) >= 0 || text[from-1] == ':') {
		return true
	}
	if to < len(text) && (strings.IndexByte(joins, text[to]) >= 0 || text[to] == ':' && to+1 < len(text) && text[to+1] != ' ') {
		return true
	}
	before, ok := strings.CutSuffix(text[:from], " ")
	return ok && kinds[before[strings.LastIndexByte(before, ' ')+1:]]
}

// kinds are words that precede a name in a message.
var kinds = map[string]bool{
	"role": true, "repository": true, "account": true, "policy": true, "image": true, "profile": true, "recipe": true, "tag": true, "user": true,
	"configuration": true, "organization": true, "unit": true, "principal": true, "named": true, "key": true, "value": true, "version": true, "AMI": true, "is": true,
	"of": true, "in": true,
}

// compound returns the length of the action or condition key of AWS at the start of
// text, or 0.
func compound(text string) int {
	n := 0
	for n < len(text) && (isWord(text[n]) || text[n] == '-') && n < 40 {
		n++
	}
	if n == 0 || n >= len(text) || text[n] != ':' {
		return 0
	}
	to := n + 1
	for to < len(text) && isWord(text[to]) && to < 100 {
		to++
	}
	if to > n+1 && isCompound(text[:to]) {
		return to
	}
	return 0
}

func wordLength(text string) int {
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	return n
}

// isWord reports whether a byte can be part of a word. All bytes beyond ASCII can.
func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// arn replaces the words in the ARN at the start of text. It also replaces account IDs
// and names that are not known.
func (r *Redactor) arn(text string) (length int, now string) {
	starts, ok := arnFields(text)
	if !ok {
		return 0, ""
	}
	field := func(i int) string { return text[starts[i] : starts[i+1]-1] }
	partition, service, region, id := field(1), field(2), field(3), field(4)
	if id == "aws" && owned(partition) && services()[service] {
		end := starts[5] + endOfARN(text[starts[5]:])
		return end, text[:end]
	}
	w := walker{word: func(word string) string {
		if pseudonym, ok := r.pseudonyms[word]; ok {
			return pseudonym
		}
		if IsPseudonym(word) || r.issued[word] {
			return word
		}
		return redacted
	}}
	account := w.pieces(id)
	fields := []string{"arn", w.pieces(partition), service, region, account}
	if !services()[strings.ToLower(service)] {
		fields[2] = w.pieces(service)
	}
	if !standsForRegion(region) {
		fields[3] = w.pieces(region)
	}
	head := strings.Join(fields, ":") + ":"
	if account == redacted {
		return starts[5] + endOfARN(text[starts[5]:]), head + redacted
	}
	n, resource := r.arnResource(w, service, text[starts[5]:])
	return starts[5] + n, head + resource
}

// arnFields returns the offsets of the six fields of the ARN at the start of text. Colons
// in policy variables do not separate fields.
func arnFields(text string) (starts [6]int, ok bool) {
	at := 0
	for field := 1; field < 6; field++ {
		for at < len(text) && text[at] != ':' {
			if text[at] == '$' {
				if end := strings.IndexByte(text[at:], '}'); end > 0 {
					at += end
				}
			}
			if !isWord(text[at]) && strings.IndexByte("-*?.${}", text[at]) < 0 {
				return starts, false
			}
			at++
		}
		if at >= len(text) {
			return starts, false
		}
		at++
		starts[field] = at
	}
	return starts, true
}

// arnResource replaces the words in the last field of an ARN, which text starts with. It
// returns the length of the field.
func (r *Redactor) arnResource(w walker, service, text string) (length int, now string) {
	var b strings.Builder
	slashes, at := 0, 0
	for at < len(text) {
		rest := text[at:]
		switch {
		case isSeparator(rest[0]):
			if rest[0] == '/' {
				slashes++
			}
			b.WriteByte(rest[0])
			at++
			continue
		case strings.HasPrefix(rest, "${"):
			if end := strings.IndexByte(rest, '}'); end > 0 {
				b.WriteString("${" + w.variable(rest[2:end]) + "}")
				at += end + 1
				continue
			}
		}
		n, pseudonym := r.in(rest)
		if n == 0 {
			n = endOfPiece(rest)
			if n == 0 {
				break
			}
			pseudonym = rest[:n]
			if service != "imagebuilder" || slashes < 2 || !version().MatchString(pseudonym) {
				pseudonym = w.piece(pseudonym)
			}
		}
		b.WriteString(pseudonym)
		at += n
	}
	return at, b.String()
}

// in finds the longest known word that is a whole piece of an ARN. Such a word may
// contain spaces, which otherwise end an ARN.
func (r *Redactor) in(text string) (length int, pseudonym string) {
	for _, n := range r.lengths[text[0]] {
		if n > len(text) || n < len(text) && endOfPiece(text[n:]) > 0 {
			continue
		}
		if p, ok := r.pseudonyms[text[:n]]; ok {
			return n, p
		}
	}
	return 0, ""
}

// endOfPiece returns the length of the piece of an ARN at the start of text.
func endOfPiece(text string) int {
	n := endOfARN(text)
	for i := range n {
		if isSeparator(text[i]) || strings.HasPrefix(text[i:], "${") {
			n = i
			break
		}
	}
	if trimmed := len(strings.TrimRight(text[:n], ".")); trimmed < n && (n == len(text) || text[n] == ' ') {
		return trimmed // the end of a sentence
	}
	return n
}

// endOfARN returns the offset at which the ARN at the start of text ends. A comma may be
// part of a role name, unless it separates two ARNs or ends a clause.
func endOfARN(text string) int {
	for i := range len(text) {
		switch c := text[i]; {
		case c <= ' ' || strings.IndexByte(`"'<>();]`, c) >= 0:
			return i
		case c == ',' && (i+1 == len(text) || text[i+1] <= ' ' || strings.IndexByte(`"'<>(),;]`, text[i+1]) >= 0 || strings.HasPrefix(text[i+1:], "arn:")):
			return i
		}
	}
	return len(text)
}

// excerptEnd ends an excerpt, which account.Excerpt cuts after a whole word.
const excerptEnd = " …"

// unexcerpted replaces the part of a name of several words at the end of an excerpt.
func (r *Redactor) unexcerpted(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, excerptEnd)
		if !found {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(r.withoutPart(before))
		b.WriteString(excerptEnd)
		text = after
	}
}

// withoutPart replaces the longest end of a text that begins a name of several words.
func (r *Redactor) withoutPart(text string) string {
	for i := range len(text) {
		part := text[i:]
		if i > 0 && isWord(text[i-1]) && isWord(text[i]) || !hasLetterOrDigit(part) {
			continue
		}
		at, _ := slices.BinarySearch(r.phrases, part)
		if at == len(r.phrases) {
			continue
		}
		if rest, begins := strings.CutPrefix(r.phrases[at], part); begins && (rest == "" || !isWord(rest[0])) {
			return text[:i] + r.pseudonyms[r.phrases[at]]
		}
	}
	return text
}

// uncut replaces the last word of a quotation that a message shortens with "...",
// because a part of a name is not a known word.
func (r *Redactor) uncut(text string) string {
	const least = 150 // bytes; messages shorten longer quotations
	var b strings.Builder
	for {
		start := strings.IndexByte(text, '"')
		if start < 0 {
			break
		}
		end := start + 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(text))
		after := text[min(end+1, len(text)):]
		content, dots := text[start+1:end], strings.HasPrefix(after, "...")
		if !dots && end == len(text) { // cut before its end
			if cut := strings.LastIndex(content, "..."); cut >= least {
				content, after, dots = content[:cut], content[cut:], true
			}
		}
		if !dots || len(content) < least {
			b.WriteString(text[:min(end+1, len(text))])
			text = after
			continue
		}
		kept := 0
		for i := range len(content) {
			if isSeparator(content[i]) {
				kept = i + 1
			}
		}
		b.WriteString(text[:start+1] + content[:kept] + redacted + `"`)
		text = after
	}
	return b.String() + text
}
