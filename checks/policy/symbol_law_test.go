package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/testrun"
)

// A symbolized test case has documents and a request in which some values are symbols.
type symbolized struct {
	*generator
	symbols []*placed
}

// A placed symbol is a symbol in place of a known value.
type placed struct {
	raw       string   // the symbol
	was       string   // the text in its place, or a JSON value
	structure bool     // it stands for a JSON value, not for text
	others    []string // other values that it may stand for
	request   bool     // it is in the request, so it has no policy variables
	part      bool     // it is in one of the first five parts of an ARN in the request, so it has no colons
	glob      bool     // it is in a Pattern, so it has no wildcards
}

// text returns a symbol in place of a text. Often it is the one that is in place of the same text
// elsewhere.
func (s *symbolized) text(was string) *placed {
	for _, p := range s.symbols {
		if !p.structure && p.was == was && s.percent(80) {
			return p
		}
	}
	return s.add(&placed{was: was})
}

func (s *symbolized) add(p *placed) *placed {
	p.raw = symbol.New(fmt.Sprintf("var.S:%d*", len(s.symbols)), "variable without a value (main.tf:3) ${*}")
	s.symbols = append(s.symbols, p)
	return p
}

// blank replaces a part of a text by a symbol: all of it, what is between two delimiters, or any
// other part.
func (s *symbolized) blank(text string) (string, *placed) {
	from, to := 0, len(text)
	switch s.IntN(5) {
	case 0:
	case 1, 2, 3:
		delimiters := []int{-1}
		for i := range len(text) {
			if strings.IndexByte(":/.-", text[i]) >= 0 {
				delimiters = append(delimiters, i)
			}
		}
		at := s.IntN(len(delimiters))
		from = delimiters[at] + 1
		if next := at + pick(s.generator, 1, 1, 1, 2, 3); next < len(delimiters) {
			to = delimiters[next]
		}
	default:
		from = s.IntN(len(text) + 1)
		to = from + s.IntN(len(text)-from+1)
	}
	if before, inside := strings.ToValidUTF8(text[:from], ""), strings.ToValidUTF8(text[from:to], ""); before+inside+text[to:] == text {
		p := s.text(inside)
		return before + p.raw + text[to:], p
	}
	p := s.text(text)
	return p.raw, p
}

// document replaces some values of a document by symbols.
func (s *symbolized) document(kind Kind, text string, share int) string {
	root, err := parseTree(text)
	if err != nil {
		panic(err)
	}
	var list []splice
	blank := func(start, end int, text, path string) {
		blanked := ""
		switch others := textsAt(path); {
		case others != nil && s.percent(80):
			blanked = s.add(&placed{was: text, others: others}).raw
		case strings.Contains(text, "${"): // a symbol in place of a part of a policy variable would not be whole
			blanked = s.text(text).raw
		default:
			blanked, _ = s.blank(text)
		}
		list = append(list, splice{start, end, quoted(blanked)})
	}
	var visit func(n *node, path string)
	visit = func(n *node, path string) {
		if others := s.structures(kind, path); others != nil && s.IntN(4000) < share*share {
			p := s.add(&placed{was: text[n.start:n.end], structure: true, others: others})
			list = append(list, splice{n.start, n.end, quoted(p.raw)})
			return
		}
		if n.entries == nil {
			if n.kind != '{' && n.kind != '[' && s.percent(share) {
				blank(n.start, n.end, n.text, path)
			}
			return
		}
		for i := range n.entries {
			e := &n.entries[i]
			if n.kind == '{' && s.IntN(1000) < share {
				blank(e.start, e.nameEnd, e.name, path+" names")
			}
			step := e.name
			if strings.HasPrefix(path, "Statement.Condition") { // any operator and any key
				step = "*"
			}
			visit(&e.value, strings.TrimSuffix(strings.TrimPrefix(path+"."+step, "."), "."))
		}
	}
	visit(root, "")
	after, _ := splices(text, list)
	return after
}

// textsAt returns other texts for a text in a document that must be one of few; nil: it may be any.
func textsAt(path string) []string {
	switch strings.TrimPrefix(path, "Statement.") {
	case "Effect":
		return []string{"Allow", "Deny"}
	case "Version":
		return []string{"2012-10-17", "2008-10-17"}
	case "Action", "NotAction":
		return []string{"*", "*:*", "sts:AssumeRole", "sts:*", "ecr:BatchDeleteImage", "ECR:Batch*", "ec2:*", "a:b"}
	case " names":
		return []string{"Version", "Id", "Statement"}
	case "Statement names":
		return []string{"Sid", "Condition", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal"}
	case "Principal names", "NotPrincipal names":
		return principalTypes
	case "Condition names":
		return append([]string{"StringNotLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:ArnNotLike"}, operatorNames[:20]...)
	case "Condition.* names":
		return []string{"aws:SourceAccount", "aws:SourceArn", "aws:TagKeys", "aws:PrincipalTag/team", "aws:userid", "x:absent"}
	}
	return nil
}

// structures returns other values for a value in a document that is not a text; nil: it is text.
func (s *symbolized) structures(kind Kind, path string) []string {
	another := s.generator.document(kind)
	switch path {
	case "":
		return []string{another.write(plainStyle)}
	case "Statement":
		var all []string
		for _, one := range another.statements {
			all = append(all, one.write(plainStyle))
		}
		return append(all, "["+strings.Join(all, ",")+"]", "[]")
	case "Statement.Principal", "Statement.NotPrincipal":
		return []string{`"*"`, `{"AWS":"*"}`, writePrincipals(s.principals(kind), plainStyle), "{}"}
	case "Statement.Condition":
		return []string{"{}", `{"StringEquals":{"aws:SourceAccount":"` + owner + `"}}`, `{"Null":{"aws:SourceAccount":"true"}}`}
	case "Statement.Action", "Statement.NotAction":
		return []string{`"*"`, "[]", `["sts:AssumeRole","ecr:*"]`}
	case "Statement.Resource", "Statement.NotResource":
		return []string{`"*"`, "[]", `["arn:aws:ecr:*","*"]`}
	}
	return nil
}

// request replaces some values of a request by symbols. It returns a function that makes the
// request with values for them.
func (s *symbolized) request(r randomRequest, share int) func(substitute func(string) string) *Request {
	blank := func(text string) string {
		var blanked string
		var p *placed
		parts := strings.SplitN(text, ":", 6)
		if len(parts) == 6 && parts[0] == "arn" && s.percent(80) {
			i := 1 + s.IntN(5)
			if i == 2 || i == 5 {
				parts[i], p = s.blank(parts[i])
			} else {
				p = s.text(parts[i])
				parts[i] = p.raw
			}
			p.part = p.part || i < 5
			blanked = strings.Join(parts, ":")
		} else {
			if len(parts) == 6 && parts[0] == "arn" {
				p = s.text(text)
				blanked = p.raw
			} else {
				blanked, p = s.blank(text)
			}
		}
		p.request = true
		return blanked
	}
	if r.principal.Type == "AWS" && s.percent(share) {
		switch s.IntN(3) {
		case 0:
			p := s.add(&placed{was: r.principal.ID, request: true, others: []string{role, anotherRole, strangerRole}})
			r.principal.ID = p.raw
		case 1:
			p := s.text(owner)
			p.request, p.part = true, true
			r.principal.ID = strings.Replace(r.principal.ID, owner, p.raw, 1)
		default:
			p := s.text("Lifecycle")
			p.request = true
			r.principal.ID = strings.Replace(r.principal.ID, "Lifecycle", p.raw, 1)
		}
	}
	if r.resource != role && s.percent(share) {
		r.resource = blank(r.resource)
	}
	resource := func(substitute func(string) string) Value { return Known(substitute(r.resource)) }
	if r.resource != role && s.percent(20) { // any of several
		pattern := ARNPattern(pick(s.generator, resources[2:5]...))
		resource = func(func(string) string) Value { return pattern }
	}
	values := map[string]func(func(string) string) Value{}
	for i, key := range keys {
		texts := slices.Clone(r.context[key.name])
		if len(texts) == 0 || !s.percent(share) {
			vague := Known(texts...)
			if s.percent(20) {
				vague = s.blur(i, texts)
			}
			values[key.name] = func(func(string) string) Value { return vague }
			continue
		}
		at := s.IntN(len(texts))
		texts[at] = blank(texts[at])
		form, other := s.IntN(5), pick(s.generator, key.values...)
		if form == 2 && !strings.HasPrefix(texts[0], "arn:") {
			for _, p := range s.symbols {
				p.glob = p.glob || strings.Contains(texts[0], p.raw)
			}
		}
		values[key.name] = func(substitute func(string) string) Value {
			var all []string
			for _, text := range texts {
				all = append(all, substitute(text))
			}
			switch {
			case len(all) == 1 && form == 0:
				return OneOf(all[0], other)
			case len(all) == 1 && form == 1:
				return Known(all...).OrAbsent()
			case len(all) == 1 && form == 2 && !strings.HasPrefix(texts[0], "arn:"):
				return Pattern(all[0] + "*")
			}
			return Known(all...)
		}
	}
	return func(substitute func(string) string) *Request {
		c := NewContext().SetPrefix("", Absent())
		for key, value := range values {
			c.Set(key, value(substitute))
		}
		return &Request{Principal: Principal{r.principal.Type, substitute(r.principal.ID)}, Action: r.action, Resource: resource(substitute), Context: c}
	}
}

// substitution returns replacers of all symbols: in a request, and in the JSON text of a
// document.
func (s *symbolized) substitution(original bool) (request, document func(string) string, texts []string) {
	var inText, inJSON []string
	for _, p := range s.symbols {
		value := p.was
		switch {
		case original:
		case p.others != nil:
			value = pick(s.generator, p.others...)
		default:
			value = pick(s.generator, "", "*", "?", "a*", "*:*", "a", "A", "ab", "foo", "ecr", "ec2", "aws", "us-east-1", "x:y", "a:1:b", "true", "false", "5", "0", "2020-01-01", owner, destination, stranger, role, accountRoot,
				"imagebuilder.amazonaws.com", "arn:aws:ecr:*", images[1], arns[0], "Allow", "Deny", "2012-10-17", "sts:AssumeRole", "ecr:BatchDeleteImage", "IfExists", "aws:SourceAccount", "aws:TagKeys", "StringEquals",
				"${aws:SourceAccount}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'a'}", "${*}", "QUJD", "10.0.0.1", "203.0.113.0/24", p.was, p.was)
			if p.request && strings.Contains(value, "$") || p.part && strings.Contains(value, ":") || p.glob && strings.ContainsAny(value, "*?") {
				value = p.was
			}
		}
		texts = append(texts, value)
		if p.structure {
			inJSON = append(inJSON, quoted(p.raw), value)
			continue
		}
		inJSON = append(inJSON, p.raw, strings.Trim(quoted(value), `"`))
		inText = append(inText, p.raw, value)
	}
	return strings.NewReplacer(inText...).Replace, strings.NewReplacer(inJSON...).Replace, texts
}

// A decision about documents and requests with symbols holds for all texts of the symbols.
func TestSubstitutionLaw(t *testing.T) {
	t.Parallel()
	g := newGenerator(11)
	counts := map[string]int{}
	for i := range 12000 / testrun.Thin() {
		s := &symbolized{generator: g}
		kind := kinds[i%len(kinds)]
		random := g.request(kind)
		layers := []Kind{kind}
		if kind != Trust && g.percent(30) { // several policies
			layers = []Kind{Identity, Resource, Identity, Identity}[:2+g.IntN(3)]
		}
		share := pick(g, 0, 5, 20, 50)
		var texts []string
		for _, kind := range layers {
			texts = append(texts, s.document(kind, g.document(kind).write(g.style()), share))
		}
		if len(s.symbols) == 0 {
			share = 50
		}
		request := s.request(random, pick(g, 0, share, share))
		decide := func(substitute, inJSON func(string) string) (d Decision, ok bool) {
			var documents []*Document
			for i, text := range texts {
				document, err := Parse(layers[i], inJSON(text))
				if err != nil {
					return d, false
				}
				documents = append(documents, document)
			}
			r := request(substitute)
			if len(documents) == 1 {
				return Evaluate(documents[0], r), true
			}
			layer := func(i int) *Layer {
				if i >= len(documents) {
					return nil
				}
				return &Layer{Name: "layer", Policies: []Policy{{"policy", documents[i]}}}
			}
			p := Policies{Identity: *layer(0), Resource: layer(1), Boundary: layer(2)}
			if last := layer(3); last != nil {
				p.Limits = []Layer{*last}
			}
			return p.Authorize(r).Decision, true
		}
		open, ok := decide(asIs, asIs)
		if !ok {
			counts["refused"]++ // a known part of a string that must be an object, for example
			continue
		}
		for round := range 8 {
			inRequest, inJSON, values := s.substitution(round == 0)
			concrete, ok := decide(inRequest, inJSON)
			switch {
			case !ok:
				counts["not a policy"]++
			case open.Outcome == Undecidable:
				counts["undecidable"]++
			case concrete.Outcome != open.Outcome:
				counts[fmt.Sprintf("%v becomes %v (%d)", open.Outcome, concrete.Outcome, concrete.why.kind)]++
				// A policy variable in a symbol may be one without a value that AWS documents, and
				// a symbol in the request may be the empty value of a policy variable.
				variables := slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "${") }) ||
					slices.Contains(values, "") && strings.Contains(strings.ToLower(strings.Join(texts, "")), "${aws")
				if concrete.Outcome != Undecidable || !variables {
					for i := range texts {
						t.Logf("%s\n%s", symbol.Text(texts[i]), inJSON(texts[i]))
					}
					t.Fatalf("%v becomes %v with %q\n%s\nsymbolic: %s\nconcrete: %s", open.Outcome, concrete.Outcome, values, random, open.Reason(), concrete.Reason())
				}
			default:
				counts[open.Outcome.String()]++
			}
		}
	}
	if rounds := 96000 / testrun.Thin(); min(counts["allowed"], counts["denied"], counts["undecidable"]) < rounds/20 {
		t.Error("too few decisions of each kind")
	}
	t.Logf("%v", counts)
}
