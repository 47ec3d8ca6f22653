package terraform

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
)

// answer is the answer to a question about values that may contain symbols.
type answer int

const (
	undecided answer = iota
	yes
	no
)

func answered(b bool) answer {
	if b {
		return yes
	}
	return no
}

// equal reports whether two values are equal whatever their symbols stand for.
func equal(a, b cty.Value) answer {
	aSymbol, bSymbol := isSymbol(a), isSymbol(b)
	switch {
	case aSymbol && bSymbol && symbol.First(a.AsString()).Name == symbol.First(b.AsString()).Name:
		return yes
	case aSymbol || bSymbol:
		if aSymbol && stringType(b) || bSymbol && stringType(a) {
			return equalStrings(a.AsString(), b.AsString(), true)
		}
		return undecided
	case a.IsNull() || b.IsNull():
		return answered(a.IsNull() && b.IsNull())
	}
	at, bt := a.Type(), b.Type()
	switch {
	case at == cty.String && bt == cty.String:
		return equalStrings(a.AsString(), b.AsString(), false)
	case !hasSymbol(a) && !hasSymbol(b):
		// As in Terraform, values of different types are never equal.
		return answered(at.Equals(bt) && a.RawEquals(b))
	case isKeyed(at) && isKeyed(bt):
		return sameKind(at, bt, equalKeyed(a, b))
	case isListed(at) && isListed(bt) && at.IsSetType() == bt.IsSetType():
		if a.LengthInt() != b.LengthInt() {
			return no
		}
		return sameKind(at, bt, equalElements(a.AsValueSlice(), b.AsValueSlice()))
	}
	return no
}

// sameKind weakens an answer about values of different types. A list with symbols in it may be
// represented as a tuple, so that the type does not decide.
func sameKind(a, b cty.Type, result answer) answer {
	if result == yes && !a.Equals(b) {
		return undecided
	}
	return result
}

func isKeyed(ty cty.Type) bool  { return ty.IsObjectType() || ty.IsMapType() }
func isListed(ty cty.Type) bool { return ty.IsTupleType() || ty.IsListType() || ty.IsSetType() }

func equalKeyed(a, b cty.Value) answer {
	am, bm := a.AsValueMap(), b.AsValueMap()
	result := yes
	if len(am) != len(bm) {
		result = no
	}
	for key, av := range am {
		bv, ok := bm[key]
		if !ok {
			result = no
			continue
		}
		switch equal(av, bv) {
		case no:
			if !symbol.In(key) {
				return no
			}
			result = no
		case undecided:
			if result == yes {
				result = undecided
			}
		}
	}
	if result == no && (symbolicKeys(am) || symbolicKeys(bm)) {
		return undecided
	}
	return result
}

func symbolicKeys(m map[string]cty.Value) bool {
	for key := range m {
		if symbol.In(key) {
			return true
		}
	}
	return false
}

func equalElements(a, b []cty.Value) answer {
	result := yes
	for i := range a {
		switch equal(a[i], b[i]) {
		case no:
			return no
		case undecided:
			result = undecided
		}
	}
	return result
}

// equalStrings compares strings with symbols. A symbol may stand for any text; with maybeNull, a
// string that is one symbol may be null or of another type.
func equalStrings(a, b string, maybeNull bool) answer {
	if !symbol.In(a) && !symbol.In(b) {
		return answered(a == b)
	}
	if maybeNull {
		return undecided
	}
	x, y := trimCommon(symbol.Split(a), symbol.Split(b))
	switch {
	case len(x) == 0 && len(y) == 0:
		return yes
	case len(x) == 0:
		return decideEmpty(y)
	case len(y) == 0:
		return decideEmpty(x)
	}
	firstX, firstY, lastX, lastY := x[0], y[0], x[len(x)-1], y[len(y)-1]
	switch {
	case !firstX.IsSymbol() && !firstY.IsSymbol(), !lastX.IsSymbol() && !lastY.IsSymbol():
		return no // they differ there, since what is common was removed
	}
	return undecided
}

// decideEmpty reports whether parts stand for no text.
func decideEmpty(parts []symbol.Part) answer {
	for _, p := range parts {
		if !p.IsSymbol() {
			return no
		}
	}
	return undecided
}

// trimCommon removes what two strings have in common at their beginnings and ends.
func trimCommon(a, b []symbol.Part) (x, y []symbol.Part) {
	for len(a) > 0 && len(b) > 0 {
		if a[0].IsSymbol() != b[0].IsSymbol() || a[0].Name != b[0].Name {
			break
		}
		if !a[0].IsSymbol() {
			n := commonPrefix(a[0].Text, b[0].Text)
			if n == 0 {
				break
			}
			a, b = cutFront(a, n), cutFront(b, n)
			continue
		}
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 {
		i, j := len(a)-1, len(b)-1
		if a[i].IsSymbol() != b[j].IsSymbol() || a[i].Name != b[j].Name {
			break
		}
		if !a[i].IsSymbol() {
			n := commonSuffix(a[i].Text, b[j].Text)
			if n == 0 {
				break
			}
			a, b = cutBack(a, n), cutBack(b, n)
			continue
		}
		a, b = a[:i], b[:j]
	}
	return a, b
}

func cutFront(parts []symbol.Part, n int) []symbol.Part {
	if n == len(parts[0].Text) {
		return parts[1:]
	}
	out := append([]symbol.Part{}, parts...)
	out[0].Text = out[0].Text[n:]
	return out
}

func cutBack(parts []symbol.Part, n int) []symbol.Part {
	last := len(parts) - 1
	if n == len(parts[last].Text) {
		return parts[:last]
	}
	out := append([]symbol.Part{}, parts...)
	out[last].Text = out[last].Text[:len(out[last].Text)-n]
	return out
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// ordered reports whether each string certainly stands before the next one, whatever the symbols
// stand for. Sets and the keys of maps are only known if their order is, and if no two are equal.
func ordered(list []string) bool {
	for i := 1; i < len(list); i++ {
		if !before(list[i-1], list[i]) {
			return false
		}
	}
	return true
}

func before(a, b string) bool {
	if !symbol.In(a) && !symbol.In(b) {
		return a < b
	}
	x, y := symbol.Split(a), symbol.Split(b)
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].IsSymbol() != y[0].IsSymbol(), x[0].Name != y[0].Name:
			return false
		case x[0].IsSymbol():
			x, y = x[1:], y[1:]
			continue
		}
		n := commonPrefix(x[0].Text, y[0].Text)
		if n < len(x[0].Text) && n < len(y[0].Text) {
			return strings.Compare(x[0].Text[n:], y[0].Text[n:]) < 0
		}
		if n == 0 {
			return false
		}
		x, y = cutFront(x, n), cutFront(y, n)
	}
	if len(x) > 0 {
		return false
	}
	for _, p := range y {
		if !p.IsSymbol() {
			return true
		}
	}
	return false
}
