package policy

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// compare compares one expanded value of a policy with one value of a request by
// the positive form of the operator. If the result is maybe, the kind of cause
// says why.
func (o operator) compare(want string, got item) (truth, causeKind) {
	if got.instant {
		return o.compareSince(want, got.since)
	}
	if o.takesVariables() {
		if got.pattern {
			return o.comparePattern(want, got)
		}
		return truthOf(o.compareText(want, got.text)), noCause
	}
	if got.pattern {
		return maybe, someOfPattern
	}
	switch o.family {
	case numeric:
		return compareParsed(want, got.text, parseDecimal, parseDecimal, func(a, b decimal) bool {
			return o.relation.holds(b.compare(a))
		})
	case date:
		return compareParsed(want, got.text, parseDate, parseDate, func(a, b time.Time) bool {
			return o.relation.holds(b.Compare(a))
		})
	case boolean:
		return compareParsed(want, got.text, parseBool, parseBool, func(a, b bool) bool { return a == b })
	case binary:
		return compareParsed(want, got.text, parseBinary, parseBinary, bytes.Equal)
	default: // ipAddress; Null does not compare values
		return compareParsed(want, got.text, parsePrefix, parseAddr, netip.Prefix.Contains)
	}
}

// compareSince compares a value with every time from since on, either as a date or,
// for numeric operators, as seconds since 1970.
func (o operator) compareSince(want string, since int64) (truth, causeKind) {
	var before, at bool // whether the policy's time is before since, or equal to it
	switch o.family {
	case date:
		t, ok := parseDate(want)
		if !ok {
			return maybe, policyValue
		}
		begins := time.Unix(since, 0)
		before, at = t.Before(begins), t.Equal(begins)
	case numeric:
		d, ok := parseDecimal(want)
		if !ok {
			return maybe, policyValue
		}
		begins, _ := parseDecimal(strconv.FormatInt(since, 10))
		before, at = d.compare(begins) < 0, d.compare(begins) == 0
	default:
		return maybe, unknownKey
	}
	switch {
	case o.relation == greaterThan && before, o.relation == greaterThanEquals && (before || at):
		return yes, noCause
	case o.relation == lessThan && (before || at), o.relation == lessThanEquals && before, o.relation == equals && before:
		return no, noCause
	}
	return maybe, sometimes
}

func (o operator) compareText(want, got string) bool {
	switch o.family {
	case stringExact:
		return want == got
	case stringFold:
		return strings.EqualFold(want, got)
	case stringLike:
		return match(want, got)
	default:
		return matchARN(want, got)
	}
}

// comparePattern returns yes if the policy's value matches every text that the
// request's pattern matches, and no if it matches none of them.
func (o operator) comparePattern(want string, it item) (truth, causeKind) {
	got := it.text
	var all, some bool
	switch o.family {
	case stringFold:
		want, got = foldCase(want), foldCase(got)
		fallthrough
	case stringExact, stringLike:
		all = match(want, got)
		some = all || overlap(want, got)
		// If two ARNs have the same number of colons, their parts correspond.
		if some && it.inParts && strings.Count(want, ":") == strings.Count(got, ":") && isARN(got) {
			some = overlapARN(want, got)
		}
	default:
		switch {
		case isARN(got):
			all = matchARN(want, got)
			if hasSymbol(want) { // it may contain colons, so the parts are not known
				some = all || mayMatch(want, it)
			} else {
				some = all || overlapARN(want, got)
			}
		case hasSymbol(want) || hasSymbol(got):
			// An equal symbol is equal text, but perhaps not an ARN.
			some = (hasSymbol(want) || strings.Count(want, ":") >= 5) && overlap(want, got)
		default:
			// A * of this pattern may match colons, so the parts are not known.
			// Texts that match part by part also match as a whole.
			some = strings.Count(want, ":") >= 5 && overlap(want, got)
		}
	}
	// Each slash of the policy's value matches one in the request's, which has no more than its pattern.
	if it.inParts && !hasSymbol(got) && strings.Count(want, "/") > strings.Count(got, "/") {
		some = false
	}
	switch {
	case all:
		return yes, noCause
	case some:
		return maybe, someOfPattern
	}
	return no, noCause
}

// foldCase maps patterns so that two results are equal exactly if
// strings.EqualFold reports the patterns as equal.
func foldCase(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		w := width(pattern, i)
		if pattern[i] >= firstSpecial {
			b.WriteString(pattern[i : i+w])
		} else {
			for _, r := range pattern[i : i+w] {
				least := r
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					least = min(least, f)
				}
				b.WriteRune(least)
			}
		}
		i += w
	}
	return b.String()
}

// compareParsed parses two texts and compares the values. The result is maybe for
// a text that cannot be parsed: AWS does not document how it is compared.
func compareParsed[W, G any](want, got string, parseWant func(string) (W, bool), parseGot func(string) (G, bool), test func(W, G) bool) (truth, causeKind) {
	w, ok := parseWant(want)
	if !ok {
		return maybe, policyValue
	}
	g, ok := parseGot(got)
	if !ok {
		return maybe, requestValue
	}
	return truthOf(test(w, g)), noCause
}

// holds reports whether the relation holds for a result of cmp.Compare.
func (r relation) holds(order int) bool {
	switch r {
	case lessThan:
		return order < 0
	case lessThanEquals:
		return order <= 0
	case greaterThan:
		return order > 0
	case greaterThanEquals:
		return order >= 0
	default:
		return order == 0
	}
}

// A decimal is a number of any size and precision. The integer part has no leading
// zeros, and the fraction has no trailing zeros.
type decimal struct {
	negative          bool
	integer, fraction string
}

// parseDecimal parses an integer or a decimal number. It refuses exponents, which
// AWS does not document.
func parseDecimal(text string) (decimal, bool) {
	var d decimal
	text, d.negative = strings.CutPrefix(text, "-")
	integer, fraction, point := strings.Cut(text, ".")
	if !allDigits(integer) || point && !allDigits(fraction) {
		return d, false
	}
	d.integer, d.fraction = strings.TrimLeft(integer, "0"), strings.TrimRight(fraction, "0")
	if d.integer == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

func (d decimal) compare(other decimal) int {
	switch {
	case d.negative != other.negative:
		if d.negative {
			return -1
		}
		return 1
	case d.negative:
		d, other = other, d
	}
	return cmp.Or(
		cmp.Compare(len(d.integer), len(other.integer)),
		strings.Compare(d.integer, other.integer),
		strings.Compare(d.fraction, other.fraction),
	)
}

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return text != ""
}

// parseDate parses a date in a W3C form of ISO 8601, or seconds since 1970. It
// refuses four digits, which may be a year or seconds, and seconds with a leading
// zero, of which AWS shows no example.
func parseDate(text string) (time.Time, bool) {
	if allDigits(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0), err == nil && len(text) != 4 && len(text) <= 11 && (text == "0" || text[0] != '0')
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseBool parses true or false. AWS does not document whether letter case
// matters, so other spellings are refused.
func parseBool(text string) (value, ok bool) {
	return text == "true", text == "true" || text == "false"
}

func parseBinary(text string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	return b, err == nil
}

// parsePrefix parses a CIDR range. For an address without a prefix length "IAM uses
// the default prefix value of /32", which is unambiguous only for IPv4.
func parsePrefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(text)
	return netip.PrefixFrom(a, 32), err == nil && a.Is4()
}

func parseAddr(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a, err == nil
}
