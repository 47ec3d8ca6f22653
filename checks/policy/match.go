package policy

import (
	"strings"
	"unicode/utf8"
)

// A compiled pattern is text in which a wildcard is a byte that valid UTF-8
// never contains. So a literal * or ?, from ${*} or from a substituted
// variable, stays itself.
const (
	anyText = 0xFF // *: any text, also none
	anyRune = 0xFE // ?: exactly one character
)

// compileGlob turns * and ? of valid UTF-8 text into wildcards. In a run of
// wildcards every ? comes first and one * is left, which means the same, and
// lets match compare a pattern with a pattern.
func compileGlob(text string) string {
	if strings.IndexByte(text, '*') < 0 && strings.IndexByte(text, '?') < 0 {
		return text
	}
	b := make([]byte, 0, len(text))
	star := false // a * is owed to the run of wildcards being read
	for i := range len(text) {
		switch c := text[i]; c {
		case '*':
			star = true
		case '?':
			b = append(b, anyRune)
		default:
			if star {
				b, star = append(b, anyText), false
			}
			b = append(b, c)
		}
	}
	if star {
		b = append(b, anyText)
	}
	return string(b)
}

// Like reports whether a pattern of * (any text) and ? (one character) matches the
// text, as StringLike compares, without policy variables.
func Like(pattern, text string) bool {
	return match(compileGlob(strings.ToValidUTF8(pattern, "\uFFFD")), strings.ToValidUTF8(text, "\uFFFD"))
}

// hasWildcard reports whether a compiled pattern stands for more than itself.
func hasWildcard(pattern string) bool {
	return strings.IndexByte(pattern, anyText) >= 0 || strings.IndexByte(pattern, anyRune) >= 0
}

// match reports whether a pattern matches a text. The text may be a pattern
// itself: then match reports whether the first certainly matches all that the
// second does. For that the text's * is one symbol that only a * swallows, and
// its ? is one that only ? and * do. True is certain, false is not: that "?*"
// matches all of "*a" is missed.
//
// The time is bounded by the product of the lengths: when a literal fails,
// only the last * is tried again, since what an earlier one swallowed can
// always be left to the later.
func match(pattern, text string) bool { return matchBytes(pattern, text, false) }

// matchFold is match that ignores the letter case of ASCII in text. The
// pattern must be in lower case.
func matchFold(pattern, text string) bool { return matchBytes(pattern, text, true) }

func matchBytes(pattern, text string, fold bool) bool {
	p, t := 0, 0
	afterStar, swallowed := -1, 0 // last * seen: what follows it, and the end of what it swallowed
	for t < len(text) {
		if p < len(pattern) {
			c := text[t]
			if fold {
				c = lowerByte(c)
			}
			switch want := pattern[p]; {
			case want == anyText:
				p++
				afterStar, swallowed = p, t
				continue
			case want == anyRune && c != anyText:
				p++
				t += width(text, t)
				continue
			case want == c && want != anyRune:
				p++
				t++
				continue
			}
		}
		if afterStar < 0 {
			return false
		}
		swallowed += width(text, swallowed)
		p, t = afterStar, swallowed
	}
	for p < len(pattern) && pattern[p] == anyText {
		p++
	}
	return p == len(pattern)
}

// overlap reports whether some text is matched by both patterns.
func overlap(a, b string) bool {
	// Without a wildcard before it, a differing character settles it. That
	// spares most pairs the table below.
	for len(a) > 0 && len(b) > 0 && a[0] < anyRune && b[0] < anyRune {
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
	// meets[j] says whether the part of a read so far and b[:j] overlap, as
	// far as j is the end of a symbol of b.
	meets := make([]bool, len(b)+1)
	meets[0] = true
	for j := 0; j < len(b) && b[j] == anyText; j++ {
		meets[j+1] = true
	}
	for i := 0; i < len(a); {
		w := width(a, i)
		symbol := a[i : i+w]
		i += w
		before := meets[0] // of the row above, one symbol of b back
		meets[0] = before && symbol[0] == anyText
		for j := 0; j < len(b); {
			w := width(b, j)
			other := b[j : j+w]
			above := meets[j+w]
			switch {
			case symbol[0] == anyText || other[0] == anyText:
				meets[j+w] = above || meets[j]
			default:
				meets[j+w] = before && (symbol == other || symbol[0] == anyRune || other[0] == anyRune)
			}
			before = above
			j += w
		}
	}
	return meets[len(b)]
}

// matchARN is match on each of the six parts of two ARNs; false when either
// has fewer. The sixth takes all colons that are left. (IAM User Guide,
// reference_policies_elements_condition_operators: "each of the six
// colon-delimited components of the ARN is checked separately".)
func matchARN(pattern, text string) bool { return eachARNPart(pattern, text, match) }

// overlapARN is overlap on each of the six parts.
func overlapARN(a, b string) bool { return eachARNPart(a, b, overlap) }

func eachARNPart(a, b string, test func(a, b string) bool) bool {
	for range 5 {
		partA, restA, okA := strings.Cut(a, ":")
		partB, restB, okB := strings.Cut(b, ":")
		if !okA || !okB || !test(partA, partB) {
			return false
		}
		a, b = restA, restB
	}
	return test(a, b)
}

// isARN reports whether a pattern or a text has the form of an ARN.
func isARN(text string) bool {
	return strings.HasPrefix(text, "arn:") && strings.Count(text, ":") >= 5
}

// width is the length in bytes of the symbol at text[i]: a character, or a
// wildcard byte.
func width(text string, i int) int {
	if text[i] < utf8.RuneSelf {
		return 1
	}
	_, w := utf8.DecodeRuneInString(text[i:])
	return w
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// lowerASCII lowers what matchFold ignores the case of, and nothing else.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
