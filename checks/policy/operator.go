package policy

import "strings"

// An operator is a parsed condition operator (IAM User Guide,
// reference_policies_elements_condition_operators).
type operator struct {
	family   family
	relation relation // of numbers and dates
	negated  bool
	ifExists bool
	set      setOperator
}

// family says how the operator parses and compares values.
type family int

const (
	stringExact family = iota
	stringFold
	stringLike
	arnLike // ArnEquals and ArnLike "behave identically"
	numeric
	date
	boolean
	binary
	ipAddress
	null
)

type relation int

const (
	equals relation = iota
	lessThan
	lessThanEquals
	greaterThan
	greaterThanEquals
)

// setOperator says what several values of a request mean (IAM User Guide,
// reference_policies_condition-single-vs-multi-valued-context-keys).
type setOperator int

const (
	noSet setOperator = iota
	forAllValues
	forAnyValue
)

// baseOperators are the operators without prefix and suffix, in lower case.
var baseOperators = map[string]operator{
	"stringequals":              {family: stringExact},
	"stringnotequals":           {family: stringExact, negated: true},
	"stringequalsignorecase":    {family: stringFold},
	"stringnotequalsignorecase": {family: stringFold, negated: true},
	"stringlike":                {family: stringLike},
	"stringnotlike":             {family: stringLike, negated: true},
	"arnequals":                 {family: arnLike},
	"arnnotequals":              {family: arnLike, negated: true},
	"arnlike":                   {family: arnLike},
	"arnnotlike":                {family: arnLike, negated: true},
	"numericequals":             {family: numeric},
	"numericnotequals":          {family: numeric, negated: true},
	"numericlessthan":           {family: numeric, relation: lessThan},
	"numericlessthanequals":     {family: numeric, relation: lessThanEquals},
	"numericgreaterthan":        {family: numeric, relation: greaterThan},
	"numericgreaterthanequals":  {family: numeric, relation: greaterThanEquals},
	"dateequals":                {family: date},
	"datenotequals":             {family: date, negated: true},
	"datelessthan":              {family: date, relation: lessThan},
	"datelessthanequals":        {family: date, relation: lessThanEquals},
	"dategreaterthan":           {family: date, relation: greaterThan},
	"dategreaterthanequals":     {family: date, relation: greaterThanEquals},
	"bool":                      {family: boolean},
	"binaryequals":              {family: binary},
	"ipaddress":                 {family: ipAddress},
	"notipaddress":              {family: ipAddress, negated: true},
	"null":                      {family: null},
}

// parseOperator parses the name of an operator in any letter case. If no such
// operator exists, problem says so.
func parseOperator(name string) (op operator, problem string) {
	base := strings.ToLower(name)
	set := noSet
	if rest, ok := strings.CutPrefix(base, "forallvalues:"); ok {
		base, set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(base, "foranyvalue:"); ok {
		base, set = rest, forAnyValue
	}
	base, ifExists := strings.CutSuffix(base, "ifexists")
	op, ok := baseOperators[base]
	switch {
	case !ok:
		return op, "condition operator " + quote(name) + " does not exist"
	case op.family == null && (ifExists || set != noSet):
		return op, "condition operator Null cannot be combined with ForAllValues, ForAnyValue or IfExists"
	}
	op.ifExists, op.set = ifExists, set
	return op, ""
}

// takesWildcards and takesVariables report what works in the values of the
// operator. The guide contradicts itself about variables in values of Bool. As
// literal text a variable is not a boolean, so the condition is undecidable.
func (o operator) takesWildcards() bool { return o.family == stringLike || o.family == arnLike }
func (o operator) takesVariables() bool { return o.family <= arnLike }
