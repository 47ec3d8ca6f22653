package redact

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// document visits all strings and numbers of a policy, each according to its
// location. Text that is not JSON is split into words.
func (w walker) document(text string) string {
	var b strings.Builder
	done := 0
	err := eachScalar(text, func(at location, from, to int) {
		b.WriteString(text[done:from])
		b.WriteString(w.literal(at, text[from:to]))
		done = to
	})
	rest := text[done:]
	if err != nil {
		rest = fragment().ReplaceAllStringFunc(rest, func(token string) string {
			if token[0] == '"' {
				return w.literal(location{}, token)
			}
			return w.name(token)
		})
	}
	b.WriteString(rest)
	return b.String()
}

// fragment matches a JSON string, or text between JSON punctuation.
var fragment = lazyregexp.New(`"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+`)

// literal visits a JSON string, whatever its escapes, or a number. Policies may have
// account IDs as numbers.
func (w walker) literal(at location, literal string) string {
	if literal[0] != '"' {
		now := w.scalar(at, literal)
		if now == literal {
			return literal
		}
		return quote(now)
	}
	var text string
	if err := json.Unmarshal([]byte(literal), &text); err != nil {
		return `"` + w.name(strings.Trim(literal, `"`)) + `"`
	}
	if now := w.scalar(at, text); now != text {
		return quote(now)
	}
	return literal
}

// scalar visits the text of a string or number at a location of a policy.
func (w walker) scalar(at location, text string) string {
	switch {
	case at.key && at.condition == 1:
		if policy.IsOperator(text) {
			return text
		}
		return w.name(text)
	case at.key && at.condition == 2:
		return w.key(text)
	case at.key:
		return w.name(text)
	case at.condition > 0:
		return w.value(at.operator, at.member, text)
	case strings.EqualFold(at.member, "Action"), strings.EqualFold(at.member, "NotAction"):
		return w.action(text)
	}
	return w.name(text)
}

// location is the location of a string or number in a policy.
type location struct {
	member    string // the innermost member that contains it
	key       bool   // it is the name of that member
	condition int    // levels below Condition: operators are 1, condition keys 2
	operator  string // of the condition
}

// eachScalar calls visit for the strings and numbers of a policy, with their byte
// offsets. It answers where each of them is in a text that may be invalid: it visits
// everything before the first error, duplicate names, and strings that package policy
// refuses, because a name in any of them must be replaced. The tree of package policy
// exists only for valid text; the reader of package report/fix has no offsets.
func eachScalar(text string, visit func(at location, from, to int)) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	next := func(at location) (json.Token, error) {
		before := int(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			return token, err
		}
		to := int(d.InputOffset())
		switch token := token.(type) {
		case string:
			from := before + strings.IndexByte(text[before:to], '"')
			if at.key {
				at.member = token
			}
			visit(at, from, to)
		case json.Number:
			visit(at, to-len(token.String()), to)
		}
		return token, err
	}
	var value func(at location, depth int) error
	value = func(at location, depth int) error {
		const maxDepth = 1000 // a bound for the recursion; policies have few levels
		token, err := next(at)
		if err != nil {
			return err
		}
		if depth > maxDepth {
			return errors.New("nested too deeply")
		}
		if _, ok := token.(json.Delim); !ok {
			return nil
		}
		for d.More() {
			inside := at
			if token == json.Delim('{') {
				if at.condition > 0 || strings.EqualFold(at.member, "Condition") {
					inside.condition++
				}
				inside.key = true
				key, err := next(inside)
				if err != nil {
					return err
				}
				inside.member, _ = key.(string)
				inside.key = false
				if inside.condition == 1 {
					inside.operator = inside.member
				}
			}
			if err := value(inside, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	if err := value(location{}, 0); err != nil {
		return err
	}
	if strings.TrimSpace(text[d.InputOffset():]) != "" {
		return errors.New("more than one value")
	}
	return nil
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(quoted)
}
