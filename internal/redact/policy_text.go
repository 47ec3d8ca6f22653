package redact

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/iblint/iblint/checks/policy"
)

// document walks through a policy: all strings and numbers of it, each as its place
// demands. What is no JSON it takes apart into words.
func (w walker) document(text string) string {
	var b strings.Builder
	done := 0
	err := eachScalar(text, func(at place, from, to int) {
		b.WriteString(text[done:from])
		b.WriteString(w.literal(at, text[from:to]))
		done = to
	})
	rest := text[done:]
	if err != nil {
		rest = fragment.ReplaceAllStringFunc(rest, func(token string) string {
			if token[0] == '"' {
				return w.literal(place{}, token)
			}
			return w.name(token)
		})
	}
	b.WriteString(rest)
	return b.String()
}

// fragment is a string of JSON, or what stands between its punctuation.
var fragment = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+`)

// literal walks through a string of JSON, however it is escaped, or through a number:
// policies may have account IDs as numbers.
func (w walker) literal(at place, literal string) string {
	if literal[0] != '"' {
		now := w.at(at, literal)
		if now == literal {
			return literal
		}
		return quote(now)
	}
	var text string
	if err := json.Unmarshal([]byte(literal), &text); err != nil {
		return `"` + w.name(strings.Trim(literal, `"`)) + `"`
	}
	if now := w.at(at, text); now != text {
		return quote(now)
	}
	return literal
}

// at walks through what stands at a place of a policy.
func (w walker) at(at place, text string) string {
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

// place is where a scalar stands in a policy.
type place struct {
	member    string // that it is, or belongs to
	key       bool   // it is the name of that member
	condition int    // levels below Condition: operators are 1, condition keys 2
	operator  string // of the condition
}

// eachScalar visits the strings and numbers of a policy as they are written: from and to
// are where one stands. Of a key that is there twice it visits both.
func eachScalar(text string, visit func(at place, from, to int)) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	next := func(at place) (json.Token, error) {
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
	var value func(at place, depth int) error
	value = func(at place, depth int) error {
		const maxDepth = 1000 // no policy is nested so deep
		token, err := next(at)
		if err != nil {
			return err
		}
		if depth > maxDepth {
			return errors.New("nested too deep")
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
	if err := value(place{}, 0); err != nil {
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
