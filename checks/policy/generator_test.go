package policy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// generator makes random documents and requests from short lists of values, so that
// matches, near misses and combinations are frequent. The same seed makes the same
// documents and requests.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, 0))}
}

// percent returns true with this probability.
func (g *generator) percent(n int) bool { return g.IntN(100) < n }

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// some returns a random selection of a list without repetition. The selection is rarely
// empty: AWS does not exclude empty lists.
func some[T any](g *generator, most int, list ...T) []T {
	if g.percent(2) {
		return []T{}
	}
	var out []T
	for _, i := range g.Perm(len(list))[:min(1+g.IntN(most), len(list))] {
		out = append(out, list[i])
	}
	return out
}

// A randomDocument is a document before it is written as JSON.
type randomDocument struct {
	kind       Kind
	version    string // "" for none
	statements []randomStatement
}

type randomStatement struct {
	sid, effect        string
	principal          string // the element's name; "" for none
	principals         []Principal
	action, resource   string // the elements' names; resource may be ""
	actions, resources []string
	conditions         []randomCondition
}

type randomCondition struct {
	operator, key string
	values        []string
}

// A style is a way to write a document. It does not change the meaning.
type style struct {
	lists  bool // a single text as a list of one
	object bool // a single statement without brackets
	bare   bool // booleans and numbers without quotation marks, where it changes no letter
	// Writes names whose letter case does not matter.
	key, operator, action func(string) string
}

func (g *generator) style() style {
	odd := func(share int) func(string) string {
		return func(name string) string {
			switch {
			case !g.percent(share):
				return name
			case g.percent(50):
				return strings.ToUpper(name)
			}
			return strings.ToLower(name)
		}
	}
	return style{lists: g.percent(50), object: g.percent(50), bare: g.percent(50), key: odd(10), operator: odd(5), action: odd(10)}
}

// plainStyle writes a document in the usual way.
var plainStyle = style{key: asIs, operator: asIs, action: asIs}

func asIs(name string) string { return name }

// write writes the document as JSON.
func (d randomDocument) write(s style) string {
	statements := make([]string, len(d.statements))
	for i, statement := range d.statements {
		statements[i] = statement.write(s)
	}
	text := strings.Join(statements, ",")
	if !s.object || len(statements) != 1 {
		text = "[" + text + "]"
	}
	if d.version == "" {
		return `{"Statement":` + text + "}"
	}
	return `{"Version":"` + d.version + `","Statement":` + text + "}"
}

func (t randomStatement) write(s style) string {
	var members []string
	add := func(name, value string) { members = append(members, quoted(name)+":"+value) }
	if t.sid != "" {
		add("Sid", quoted(t.sid))
	}
	add("Effect", quoted(t.effect))
	if t.principal != "" {
		add(t.principal, writePrincipals(t.principals, s))
	}
	actions := make([]string, len(t.actions))
	for i, action := range t.actions {
		actions[i] = quoted(s.action(action))
	}
	add(t.action, s.list(actions))
	if t.resource != "" {
		add(t.resource, s.list(allQuoted(t.resources)))
	}
	if len(t.conditions) > 0 {
		var names []string
		byOperator := map[string][]string{}
		for _, c := range t.conditions {
			values := make([]string, len(c.values))
			for i, v := range c.values {
				values[i] = quoted(v)
				if s.bare && isBare(v) {
					values[i] = v
				}
			}
			if byOperator[c.operator] == nil {
				names = append(names, c.operator)
			}
			byOperator[c.operator] = append(byOperator[c.operator], quoted(s.key(c.key))+":"+s.list(values))
		}
		for i, name := range names {
			names[i] = quoted(s.operator(name)) + ":{" + strings.Join(byOperator[name], ",") + "}"
		}
		add("Condition", "{"+strings.Join(names, ",")+"}")
	}
	return "{" + strings.Join(members, ",") + "}"
}

func writePrincipals(list []Principal, s style) string {
	if len(list) == 1 && list[0] == everyone {
		return `"*"`
	}
	var members []string
	for _, kind := range []string{"AWS", "Service", "Federated", "CanonicalUser"} {
		var ids []string
		for _, p := range list {
			if p.Type == kind {
				ids = append(ids, quoted(p.ID))
			}
		}
		if ids != nil {
			members = append(members, quoted(kind)+":"+s.list(ids))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (s style) list(values []string) string {
	if len(values) == 1 && !s.lists {
		return values[0]
	}
	return "[" + strings.Join(values, ",") + "]"
}

// isBare reports whether a text is a boolean, or a number that every JSON decoder
// encodes to the same text.
func isBare(text string) bool {
	n, err := strconv.Atoi(text)
	return text == "true" || text == "false" || err == nil && strconv.Itoa(n) == text
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func allQuoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = quoted(t)
	}
	return out
}

// Values for each family of operators. The operator can parse most of them.
var (
	accounts = []string{owner, destination, stranger}
	words    = []string{owner, destination, "1111*", "a", "A", "ab", "a?", "*", "a*", "é", "true", ""}
	varied   = []string{"${aws:SourceAccount}", "${AWS:sourceaccount}", "x${aws:PrincipalTag/team}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'a'}",
		"${aws:PrincipalTag/team, '*'}", "${*}", "${*}", "a${?}", "${$}", "*${aws:PrincipalTag/team}*", "${aws:TagKeys}"}
	broken = []string{"${aws:SourceAccount", "${}", "${aws:PrincipalTag/team, a}"}
	arns   = []string{
		"arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1", "arn:*:imagebuilder:*:*:image/*/*/*", "arn:aws:imagebuilder:*:111122223333:image/f*/1.?.0/*",
		"arn:aws:imagebuilder:us-east-1:444455556666:image/*", "arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/x", "arn:aws:imagebuilder:*:*:*", "arn:aws:s3:::a:b"}
	variedARNs = []string{"arn:aws:imagebuilder:*:${aws:SourceAccount}:image/*", "arn:aws:imagebuilder:*:*:image/${aws:PrincipalTag/team}/*", "arn:aws:imagebuilder:*:*:image/${aws:PrincipalTag/team, 'foo'}/*"}
	brokenARNs = []string{"arn:aws:imagebuilder:*", "image", "*", ""}
	numbers    = []string{"5", "5.0", "05", "10", "-3", "0", "2.5"}
	notNumbers = []string{"five", "", "1e1", "+5", "5."}
	dates      = []string{"2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", "2021-06-01T12:00Z", "2019-12", "1577836800", "1622548800"}
	notDates   = []string{"2020", "soon", "", "2020-13-01"}
	bools      = []string{"true", "false"}
	notBools   = []string{"True", "1", ""}
	addresses  = []string{"203.0.113.7", "10.0.0.1", "2001:db8::1", "2001:db8:1::7"}
	ranges     = []string{"203.0.113.0/24", "203.0.113.7/32", "10.0.0.0/8", "203.0.113.7", "10.0.0.1", "2001:db8::/32", "2001:db8::/48", "128.0.0.0/1"}
	notRanges  = []string{"203.0.113.0/33", "here", "", "2001:db8::1"}
	binaries   = []string{"QmluYXJ5", "QUJD", "QUJE"}
	notBinary  = []string{"%%", "QUJ"}
)

// policyValue makes a value of a condition for an operator.
func (g *generator) policyValue(f family) string {
	list, odd := words, broken
	switch f {
	case stringExact, stringFold, stringLike:
		if g.percent(20) {
			return pick(g, varied...)
		}
		if g.percent(20) {
			return pick(g, arns...)
		}
	case arnLike:
		if g.percent(20) {
			return pick(g, variedARNs...)
		}
		list, odd = arns, brokenARNs
	case numeric:
		list, odd = numbers, notNumbers
	case date:
		list, odd = dates, notDates
	case boolean, null:
		list, odd = bools, notBools
	case binary:
		list, odd = binaries, notBinary
	case ipAddress:
		list, odd = ranges, notRanges
		if g.percent(5) {
			return pick(g, "0.0.0.0/0", "::/0")
		}
	}
	if g.percent(1) {
		return pick(g, "${aws:SourceAccount}", "a", "5")
	}
	if g.percent(2) {
		return pick(g, odd...)
	}
	return pick(g, list...)
}

// keys are the condition keys with the operators for them and the values that a request
// may have.
var keys = []struct {
	name     string
	families []family
	values   []string
	many     bool // usually several values
}{
	{"aws:SourceAccount", []family{stringExact, stringFold, stringLike}, accounts, false},
	{"aws:SourceArn", []family{arnLike, arnLike, arnLike, stringLike}, []string{arns[0], arns[4], "arn:aws:imagebuilder:us-east-1:444455556666:image/foo/2.0.0/1", "arn:aws:imagebuilder:us-east-1:111122223333:image/a/1.0.0/1", "arn:aws:s3:::a:b"}, false},
	{"aws:PrincipalTag/team", []family{stringExact, stringFold, stringLike}, []string{"a", "A", "ab", "é", "*", "*", "*", "foo"}, false},
	{"aws:TagKeys", []family{stringExact, stringFold, stringLike}, []string{"a", "A", "ab", "é"}, true},
	{"aws:CurrentTime", []family{date}, dates, false},
	{"aws:EpochTime", []family{date, numeric}, []string{"1577836800", "1622548800"}, false},
	{"aws:SourceIp", []family{ipAddress}, addresses, false},
	{"aws:SecureTransport", []family{boolean}, bools, false},
	{"aws:ViaAWSService", []family{boolean}, bools, false},
	{"aws:TokenIssueTime", []family{date}, dates, false},
	{"aws:userid", []family{stringLike, stringExact}, []string{"AROAEXAMPLE:a", "AROAEXAMPLE:*", "a"}, false},
	{"aws:SourceOrgID", []family{stringExact, stringLike}, []string{"a", "ab"}, false},
	{"aws:ResourceOrgPaths", []family{stringLike, stringExact}, []string{"a", "ab", "A"}, true},
	{"ec2:RoleDelivery", []family{numeric}, numbers, false},
	{"aws:MultiFactorAuthAge", []family{numeric}, numbers, false},
	{"x:Blob", []family{binary}, binaries, false},
}

// writtenOperators are the base operators of a family, as AWS writes them.
var writtenOperators = func() map[family][]string {
	names := map[family][]string{null: {"Null"}}
	for _, op := range operators {
		o, _ := parseOperator(op.name)
		names[o.family] = append(names[o.family], op.name)
	}
	return names
}()

func (g *generator) condition() randomCondition {
	key := pick(g, keys...)
	if g.percent(10) {
		key = keys[1] // aws:SourceArn, with most of the rules
	}
	f := pick(g, key.families...)
	switch {
	case g.percent(8):
		f = null
	case g.percent(2):
		f = pick(g, keys...).families[0]
	}
	name := pick(g, writtenOperators[f]...)
	if f != null {
		set := g.IntN(10)
		if key.many {
			set = g.IntN(3)
		}
		switch set {
		case 0:
			name = "ForAllValues:" + name
		case 1:
			name = "ForAnyValue:" + name
		}
		if g.percent(20) && (set != 1 || g.percent(10)) {
			name += "IfExists"
		}
	}
	c := randomCondition{operator: name, key: key.name}
	for range 1 + g.IntN(3) {
		c.values = append(c.values, g.policyValue(f))
	}
	if g.percent(1) {
		c.values = []string{}
	}
	return c
}

const (
	roleSession  = "arn:aws:sts::111122223333:assumed-role/Lifecycle/session" // of role
	accountRoot  = "arn:aws:iam::111122223333:root"
	anotherRole  = "arn:aws:iam::111122223333:role/Lifecycle2"
	strangerRole = "arn:aws:iam::999988887777:role/images/Lifecycle"
)

func (g *generator) principals(kind Kind) []Principal {
	if g.percent(12) {
		return []Principal{everyone}
	}
	services := []Principal{imagebuilder, imagebuilder, {"Service", "ec2.amazonaws.com"}, {"Service", "Imagebuilder.amazonaws.com"}}
	others := []Principal{{"AWS", role}, {"AWS", owner}, {"AWS", accountRoot}, {"AWS", anotherRole}, {"AWS", strangerRole}, {"AWS", stranger}, {"AWS", roleSession + "2"},
		{"AWS", "AROAEXAMPLEID"}, {"Federated", "cognito-identity.amazonaws.com"}, {"CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}}
	if g.percent(3) {
		return []Principal{{"AWS", "*"}}
	}
	list := append(slices.Clone(services), others[g.IntN(len(others))])
	if kind == Resource {
		list = append(slices.Clone(others), Principal{"AWS", role}, Principal{"AWS", role}, imagebuilder)
		if g.percent(80) {
			list = slices.DeleteFunc(list, func(p Principal) bool { return strings.Contains(p.ID, ":sts:") })
		}
	}
	return unique(some(g, 2, list...))
}

func unique[T comparable](list []T) []T {
	out := []T{}
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

var (
	images    = []string{"arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1", "arn:aws:ecr:us-east-1:111122223333:repository/a", "arn:aws:ecr:us-east-1:111122223333:repository/team/ab", "arn:aws:ecr:eu-west-1:444455556666:repository/a"}
	resources = []string{"*", "*", "arn:aws:imagebuilder:*:*:image/*/*/*", "arn:aws:ecr:*:*:repository/*", "arn:aws:ecr:us-east-1:*:repository/a", "arn:*:ecr:*:111122223333:*", "arn:aws:ecr:*",
		"arn:aws:ecr:us-east-1:111122223333:repository/team/*", "arn:aws:ecr:us-east-1:111122223333:repository/?", "arn:aws:ecr:us-east-?:111122223333:repository/*a*",
		"arn:aws:ecr:us-*:1111*:repository/a", "arn:aws:ecr:u*/a", "arn:aws:ec2:*::image/*",
		"arn:aws:ecr:*:${aws:SourceAccount}:repository/*", "arn:aws:ecr:us-east-1:111122223333:repository/${aws:PrincipalTag/team}", "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team, 'a'}", "arn:aws:ecr:*:*:repository/${*}", "arn:aws:ecr:*:111122223333:repository/*${aws:PrincipalTag/team}"}
)

func (g *generator) statement(kind Kind) randomStatement {
	s := randomStatement{effect: pick(g, "Allow", "Allow", "Deny"), action: "Action"}
	if g.percent(20) {
		s.sid = pick(g, "One", "Two", "é")
	}
	not := func(name string, percent int) string {
		if g.percent(percent) {
			return "Not" + name
		}
		return name
	}
	s.action = not("Action", 15)
	if kind == Trust {
		s.actions = some(g, 3, "sts:AssumeRole", "sts:AssumeRole", "sts:*", "sts:TagSession", "sts:assume?ole", "*", "sts:Assume*", "iam:*")
	} else {
		s.actions = some(g, 3, "ecr:BatchDeleteImage", "ecr:*", "*", "ecr:Batch*", "ecr:batch?eleteImage", "imagebuilder:*", "imagebuilder:DeleteImage", "ec2:*")
		if g.percent(1) {
			s.actions = append(s.actions, "*:*")
		}
		if kind != Resource || g.percent(50) {
			s.resource = not("Resource", 15)
			s.resources = some(g, 3, resources...)
		}
	}
	if kind != Identity {
		s.principal = "Principal"
		if s.effect == "Deny" {
			s.principal = not("Principal", 10)
		} else {
			s.principal = not("Principal", 1)
		}
		s.principals = g.principals(kind)
	}
	for range pick(g, 0, 1, 1, 1, 2, 3) {
		c := g.condition()
		if !slices.ContainsFunc(s.conditions, func(other randomCondition) bool { return c.operator == other.operator && c.key == other.key }) {
			s.conditions = append(s.conditions, c)
		}
	}
	return s
}

func (g *generator) document(kind Kind) randomDocument {
	d := randomDocument{kind: kind, version: pick(g, "2012-10-17", "2012-10-17", "2012-10-17", "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", "")}
	for range pick(g, 1, 1, 2, 2, 3) {
		d.statements = append(d.statements, g.statement(kind))
	}
	// A document with only Deny statements denies everything.
	if d.statements[0].effect == "Deny" && g.percent(80) {
		s := g.statement(kind)
		s.effect, s.conditions = "Allow", nil
		s.principal = strings.TrimPrefix(s.principal, "Not")
		d.statements = append(d.statements, s)
	}
	return d
}

// A randomRequest is a request with known values: a key that is not in the context is
// absent.
type randomRequest struct {
	principal        Principal
	action, resource string
	context          map[string][]string
}

func (g *generator) request(kind Kind) randomRequest {
	r := randomRequest{principal: imagebuilder, action: "sts:AssumeRole", resource: role, context: map[string][]string{}}
	switch {
	case kind != Trust:
		r.principal, r.resource = Principal{"AWS", role}, pick(g, images...)
		r.action = "ecr:BatchDeleteImage"
		if strings.Contains(r.resource, ":imagebuilder:") {
			r.action = "imagebuilder:DeleteImage"
		}
	case g.percent(5):
		r.principal.ID = "ec2.amazonaws.com"
	}
	for i, key := range keys {
		if values := g.requestValues(i); values != nil {
			r.context[key.name] = values
		}
	}
	return r
}

// requestValues returns random request values of a key; nil: the key is absent.
func (g *generator) requestValues(key int) []string {
	k := keys[key]
	n := 1
	switch {
	case g.percent(20):
		return nil
	case k.many:
		n += g.IntN(3)
	case g.percent(3):
		n++
	}
	var values []string
	for range n {
		v := pick(g, k.values...)
		if g.percent(2) {
			v = pick(g, "", "", "a", owner, "True", "five")
		}
		values = append(values, v)
	}
	return unique(values)
}

// known converts the request to a Request.
func (r randomRequest) known() *Request {
	c := NewContext().SetPrefix("", Absent())
	for key, values := range r.context {
		c.Set(key, Known(values...))
	}
	return &Request{Principal: r.principal, Action: r.action, Resource: Known(r.resource), Context: c}
}

func (r randomRequest) String() string {
	return fmt.Sprintf("%s by %s on %s with %q", r.action, r.principal.ID, r.resource, r.context)
}
