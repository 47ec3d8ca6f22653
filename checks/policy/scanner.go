package policy

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A token is one lexical element of JSON. For a string, text is its value; for
// a number or a literal, its text in the document.
type token struct {
	kind  tokenKind
	text  string
	start int // byte offset
}

type tokenKind byte

const (
	endOfText   tokenKind = 0
	stringToken tokenKind = '"'
	numberToken tokenKind = '0'
	wordToken   tokenKind = 'w' // true, false or null
	// The other kinds are the delimiters themselves: { } [ ] , :
)

// scanner splits a text into JSON tokens (RFC 8259). Unlike encoding/json, it
// keeps the position of every token and refuses an unpaired surrogate instead of
// replacing it. The text must be valid UTF-8. The scanner reports errors through
// fail, which does not return.
type scanner struct {
	text string
	pos  int
	fail func(offset int, format string, args ...any)
}

func (s *scanner) next() token {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
	start := s.pos
	if start == len(s.text) {
		return token{endOfText, "", start}
	}
	switch c := s.text[start]; {
	case strings.IndexByte("{}[],:", c) >= 0:
		s.pos++
		return token{tokenKind(c), s.text[start:s.pos], start}
	case c == '"':
		return token{stringToken, s.str(), start}
	case c == '-' || isDigit(c):
		return token{numberToken, s.number(), start}
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[start:], word) {
			s.pos += len(word)
			return token{wordToken, word, start}
		}
	}
	r, _ := utf8.DecodeRuneInString(s.text[start:])
	s.fail(start, "unexpected character %s", quote(string(r)))
	return token{}
}

// str reads a string and returns its value. The opening quote is at s.pos.
func (s *scanner) str() string {
	open := s.pos
	s.pos++
	var unescaped strings.Builder
	from := s.pos // start of the text that is not in unescaped yet
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			value := s.text[from:s.pos]
			s.pos++
			if unescaped.Len() > 0 {
				unescaped.WriteString(value)
				return unescaped.String()
			}
			return value
		case c < ' ':
			s.fail(s.pos, "control character in a string")
		case c == '\\':
			unescaped.WriteString(s.text[from:s.pos])
			unescaped.WriteRune(s.escape())
			from = s.pos
		default:
			s.pos++
		}
	}
	s.fail(open, notTerminated)
	return ""
}

// escape reads one escape sequence, or the two of a surrogate pair.
func (s *scanner) escape() rune {
	start := s.pos
	s.pos += 2
	if s.pos > len(s.text) {
		s.fail(start, notTerminated)
	}
	switch c := s.text[start+1]; c {
	case '"', '\\', '/':
		return rune(c)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		r := s.hex4(start)
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if strings.HasPrefix(s.text[s.pos:], `\u`) {
				s.pos += 2
				low = s.hex4(start)
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				s.fail(start, "unpaired surrogate in an escape sequence")
			}
		}
		if r == 0 {
			s.fail(start, "NUL character in a string")
		}
		return r
	}
	s.fail(start, "unknown escape sequence")
	return 0
}

// hex4 reads the four hexadecimal digits of the escape that began at start.
func (s *scanner) hex4(start int) rune {
	if s.pos+4 > len(s.text) {
		s.fail(start, "escape sequence is incomplete")
	}
	var r rune
	for _, c := range []byte(s.text[s.pos : s.pos+4]) {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			s.fail(start, "escape sequence \\u must be followed by four hexadecimal digits")
		}
	}
	s.pos += 4
	return r
}

// number reads a number and returns its text.
func (s *scanner) number() string {
	start := s.pos
	s.accept("-")
	if !s.accept("0") {
		s.digits(start)
	}
	if s.accept(".") {
		s.digits(start)
	}
	if s.accept("eE") {
		s.accept("+-")
		s.digits(start)
	}
	return s.text[start:s.pos]
}

// accept skips the next byte if it is in set.
func (s *scanner) accept(set string) bool {
	if s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0 {
		s.pos++
		return true
	}
	return false
}

// digits skips one or more digits of the number that began at start.
func (s *scanner) digits(start int) {
	from := s.pos
	for s.pos < len(s.text) && isDigit(s.text[s.pos]) {
		s.pos++
	}
	if s.pos == from {
		s.fail(start, "number is malformed")
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

const notTerminated = "string is not terminated"
