package symbol

import "strings"

// MayEqual reports whether two strings are equal for some values of their symbols. Equal strings
// are equal for all values.
func MayEqual(a, b string) bool {
	switch {
	case a == b:
		return true
	case !In(a) && !In(b):
		return false
	case !In(b):
		return fits(a, b)
	case !In(a):
		return fits(b, a)
	}
	return !apart(a, b)
}

// fits reports whether a known text can be what a string with symbols stands for: its known parts
// occur in the text, in order.
func fits(unknown, known string) bool {
	parts := Split(unknown)
	for i, p := range parts {
		switch {
		case p.IsSymbol():
		case i == 0:
			if !strings.HasPrefix(known, p.Text) {
				return false
			}
			known = known[len(p.Text):]
		case i == len(parts)-1:
			return strings.HasSuffix(known, p.Text)
		default:
			_, after, found := strings.Cut(known, p.Text)
			if !found {
				return false
			}
			known = after
		}
	}
	return true
}

// apart reports whether the known beginnings or ends of two strings with symbols differ.
func apart(a, b string) bool {
	x, y := Split(a), Split(b)
	n := min(len(x[0].Text), len(y[0].Text))
	if x[0].Text[:n] != y[0].Text[:n] {
		return true
	}
	last, other := x[len(x)-1].Text, y[len(y)-1].Text
	n = min(len(last), len(other))
	return last[len(last)-n:] != other[len(other)-n:]
}
