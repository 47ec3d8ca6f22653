package policy

import (
	"strings"
	"unicode/utf8"
)

// A compiled pattern is text in which each wildcard is a byte that valid UTF-8
// never contains. A literal * or ?, from ${*} or from the value of a variable,
// keeps its own byte.
const (
	anyText = 0xFF // *: any text, including none
	anyRune = 0xFE // ?: exactly one character
)

// compileGlob replaces * and ? in text by wildcards. The text is valid UTF-8, except for
// symbols that are compiled already. It rewrites a run
// of wildcards so that each ? comes first and at most one * follows. The run
// matches the same texts, and match can then compare two patterns.
func compileGlob(text string) string {
	if strings.IndexByte(text, '*') < 0 && strings.IndexByte(text, '?') < 0 {
		return text
	}
	b := make([]byte, 0, len(text))
	star := false // the current run of wildcards ends with a *
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

// Like reports whether a pattern with * (any text) and ? (one character) matches
// the text, as StringLike compares them. It does not expand policy variables. With symbols
// it reports whether the pattern certainly matches.
func Like(pattern, text string) bool {
	return match(compileGlob(compileSymbols(strings.ToValidUTF8(pattern, "\uFFFD"))), compileSymbols(strings.ToValidUTF8(text, "\uFFFD")))
}

// hasWildcard reports whether a compiled pattern contains a wildcard.
func hasWildcard(pattern string) bool {
	return strings.IndexByte(pattern, anyText) >= 0 || strings.IndexByte(pattern, anyRune) >= 0
}

// match reports whether a pattern matches a text. If the text is a pattern, match
// reports whether the first pattern certainly matches every text that the second
// matches: a * in the text is a unit that only * matches, and a ? is a unit that
// only ? and * match. A false result is not certain then: match does not find that
// "?*" matches every text of "*a". A symbol (see symbolic.go) is matched by itself and by *.
//
// The time is bounded by the product of the lengths. After a mismatch only the last
// * is tried again, because the last * can match whatever an earlier * gives up.
func match(pattern, text string) bool { return matchBytes(pattern, text, false) }

// matchFold is like match but ignores the case of ASCII letters in text. The
// pattern must be in lower case.
func matchFold(pattern, text string) bool { return matchBytes(pattern, text, true) }

func matchBytes(pattern, text string, fold bool) bool {
	p, t := 0, 0
	afterStar, swallowed := -1, 0 // index after the last *, and the end of the text that it matches
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
			case want == anyRune && c != anyText && c != symbolBegin:
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

// overlap reports whether some text is matched by both patterns, where a symbol stands for
// any text.
func overlap(a, b string) bool {
	// A different character before any wildcard is enough. Most pairs do not need
	// the table below.
	for len(a) > 0 && len(b) > 0 && a[0] < firstSpecial && b[0] < firstSpecial {
		if a[0] != b[0] {
			return false
		}
		a, b = a[1:], b[1:]
	}
	// meets[j] reports whether the part of a read so far and b[:j] overlap, for
	// each j that is the end of a unit of b.
	meets := make([]bool, len(b)+1)
	meets[0] = true
	for j := 0; j < len(b) && isOpen(b[j]); {
		j += width(b, j)
		meets[j] = true
	}
	for i := 0; i < len(a); {
		w := width(a, i)
		unit := a[i : i+w]
		i += w
		before := meets[0] // from the previous row, one unit of b earlier
		meets[0] = before && isOpen(unit[0])
		for j := 0; j < len(b); {
			w := width(b, j)
			other := b[j : j+w]
			above := meets[j+w]
			switch {
			case isOpen(unit[0]) || isOpen(other[0]):
				meets[j+w] = isOpen(unit[0]) && (above || meets[j] && mayContain(unit, other)) ||
					isOpen(other[0]) && (meets[j] || above && mayContain(other, unit))
			default:
				meets[j+w] = before && (unit == other || unit[0] == anyRune || other[0] == anyRune)
			}
			before = above
			j += w
		}
	}
	return meets[len(b)]
}

// isOpen reports whether a byte begins what stands for any number of characters.
func isOpen(c byte) bool { return c == anyText || c == symbolBegin || c == anyInPart }

// mayContain reports whether the texts of an open unit of a pattern may contain another unit.
func mayContain(open, unit string) bool { return open[0] != anyInPart || unit != ":" }

// matchARN applies match to each of the six parts of two ARNs. It is false if
// either has fewer parts. The sixth part contains all remaining colons (IAM User
// Guide, reference_policies_elements_condition_operators: "each of the six
// colon-delimited components of the ARN is checked separately").
func matchARN(pattern, text string) bool { return eachARNPart(pattern, text, match) }

// overlapARN applies overlap to each of the six parts.
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

// width is the length in bytes of the unit at text[i]: a character, a wildcard byte, or a
// symbol.
func width(text string, i int) int {
	switch {
	case text[i] < utf8.RuneSelf:
		return 1
	case text[i] == symbolBegin:
		return 1 + strings.IndexByte(text[i:], symbolEnd)
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

// lowerASCII lowers the letters whose case matchFold ignores: those of ASCII.
func lowerASCII(text string) string {
	for i := range len(text) {
		if c := text[i]; lowerByte(c) != c {
			lower := []byte(text)
			for ; i < len(lower); i++ {
				lower[i] = lowerByte(lower[i])
			}
			return string(lower)
		}
	}
	return text
}

// compileAction compiles a value of Action or NotAction for matchFold.
func compileAction(action string) string { return compileGlob(lowerASCII(compileSymbols(action))) }
