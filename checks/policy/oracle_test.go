//go:build oracle

package policy

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The oracle is an independent simulator of IAM. .ci/run installs it and sets
// IBLINT_ORACLE to the program that calls it, .ci/oracle/judge.mjs in the directory of
// the installation. With the build tag and without an oracle, the tests fail.

// An oracleProcess is a running process of the oracle.
type oracleProcess struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startOracle(t testing.TB, arguments ...string) *oracleProcess {
	t.Helper()
	program := os.Getenv("IBLINT_ORACLE")
	if program == "" {
		t.Fatal("IBLINT_ORACLE is not set: there is no oracle")
	}
	j := &oracleProcess{command: exec.Command("node", append([]string{program}, arguments...)...)}
	j.command.Stderr = os.Stderr
	var err error
	if j.in, err = j.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := j.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	j.out = bufio.NewReader(out)
	if err := j.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		j.in.Close()
		if err := j.command.Wait(); err != nil {
			t.Errorf("the oracle: %v", err)
		}
	})
	return j
}

// evaluate returns the verdicts of the oracle on cases.
func (j *oracleProcess) evaluate(cases ...oracleCase) ([]string, error) {
	written := make(chan error, 1)
	go func() { // it answers before it has read all
		_, err := io.WriteString(j.in, lines(cases))
		written <- err
	}()
	verdicts := make([]string, len(cases))
	for i := range verdicts {
		line, err := j.out.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("the oracle ended: %w", err)
		}
		verdicts[i] = strings.TrimSuffix(line, "\n")
	}
	return verdicts, <-written
}

func lines(cases []oracleCase) string {
	var b strings.Builder
	for _, c := range cases {
		b.WriteString(c.line())
		b.WriteByte('\n')
	}
	return b.String()
}

// An oracleCase is a document and a request that iblint and the oracle evaluate.
type oracleCase struct {
	as       string // which policy the oracle takes the document for
	document randomDocument
	text     string // the document as written
	request  randomRequest
}

func (g *generator) oracleCase() oracleCase {
	as := pick(g, "trust", "trust", "resource", "identity", "boundary", "scp")
	kind := Identity
	switch as {
	case "trust":
		kind = Trust
	case "resource":
		kind = Resource
	}
	d := g.document(kind)
	return oracleCase{as: as, document: d, text: d.write(g.style()), request: g.request(kind)}
}

// line encodes the case for the program of the oracle.
func (c oracleCase) line() string {
	principal := c.request.principal.ID
	if c.request.principal.Type == "AWS" { // a role makes requests as a session
		principal = roleSession
	}
	context := map[string]any{}
	for key, values := range c.request.context {
		context[key] = values
		if len(values) == 1 {
			context[key] = values[0]
		}
	}
	b, err := json.Marshal(map[string]any{
		"as": c.as, "policy": json.RawMessage(c.text), "principal": principal, "action": c.request.action,
		"resource": c.request.resource, "account": owner, "context": context,
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// decide returns the decision of iblint and whether a Deny statement may match.
func (c oracleCase) decide() (d Decision, mayDeny bool, err error) {
	document, err := Parse(c.document.kind, c.text)
	if err != nil {
		return Decision{}, false, err
	}
	r := c.request.known()
	var t tally
	t.add(document, 0, r)
	return Evaluate(document, r), t.deny.statement != nil && !t.denied, nil
}

// agree reports whether the verdict of the oracle agrees with that of iblint. It agrees
// with any verdict if iblint does not decide. If no statement allows a request and a Deny
// may match, the denial may be explicit or implicit.
func agree(d Decision, mayDeny bool, theirs string) bool {
	return d.Outcome == Undecidable || verdict(d) == theirs || d.Outcome == Denied && mayDeny && theirs == "ExplicitlyDenied"
}

// verdict returns a decision in the words of the oracle.
func verdict(d Decision) string {
	switch {
	case d.Outcome == Allowed:
		return "Allowed"
	case d.Outcome == Denied && d.Explicit:
		return "ExplicitlyDenied"
	case d.Outcome == Denied:
		return "ImplicitlyDenied"
	}
	return "Undecidable"
}

// TestOracle compares iblint with the oracle. Where both decide, they agree except for
// the listed disagreements, and each of these must occur.
//
// IBLINT_ORACLE_SEED and IBLINT_ORACLE_CASES select other cases.
func TestOracle(t *testing.T) {
	seed, cases := uint64(environment(t, "IBLINT_ORACLE_SEED", 1)), environment(t, "IBLINT_ORACLE_CASES", 20000)
	const chunk = 500
	j := startOracle(t)
	for _, c := range foundCases {
		c.text = c.document.write(plainStyle)
		answers, err := j.evaluate(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, problem := compareWithOracle(j, c, answers[0]); problem != "" {
			t.Error(problem)
		}
	}
	var (
		mu        sync.Mutex
		total     = map[string]int{}
		excused   = map[string]int{}
		evaluated int
		failures  int
		wait      sync.WaitGroup
		chunks    = make(chan uint64)
	)
	begin := time.Now()
	for range runtime.GOMAXPROCS(0) {
		j := startOracle(t)
		wait.Go(func() {
			for number := range chunks {
				g := &generator{rand.New(rand.NewPCG(seed, number))}
				batch := make([]oracleCase, chunk)
				for i := range batch {
					batch[i] = g.oracleCase()
				}
				answers, err := j.evaluate(batch...)
				if err != nil {
					t.Error(err)
					return
				}
				for i, c := range batch {
					ours, excuse, problem := compareWithOracle(j, c, answers[i])
					mu.Lock()
					evaluated++
					total[c.as+" "+ours]++
					if excuse != nil {
						excused[excuse.construct]++
					}
					if problem != "" {
						failures++
						if failures <= 20 {
							t.Error(problem)
						}
					}
					mu.Unlock()
				}
			}
		})
	}
	for number := range uint64((cases + chunk - 1) / chunk) {
		chunks <- number
	}
	close(chunks)
	wait.Wait()
	undecidable, listed := 0, 0
	for kind, n := range total {
		if strings.HasSuffix(kind, " Undecidable") {
			undecidable += n
		}
	}
	for _, d := range disagreements {
		t.Logf("listed: %d %s", excused[d.construct], d.construct)
		listed += excused[d.construct]
	}
	t.Logf("seed %d: %d cases in %v, %d undecidable, %d agree, %d disagree as listed, %d otherwise", seed, evaluated, time.Since(begin).Round(time.Second),
		undecidable, evaluated-undecidable-listed-failures, listed, failures)
	for _, as := range []string{"trust", "resource", "identity", "boundary", "scp"} {
		decided := 0
		for _, v := range []string{"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"} {
			n := total[as+" "+v]
			decided += n
			if n < cases/200 {
				t.Errorf("only %d cases of %s are %s", n, as, v)
			}
		}
		if undecided := total[as+" Undecidable"]; undecided > decided/10 {
			t.Errorf("%s: %d undecidable, %d decided", as, undecided, decided)
		}
	}
	for _, d := range disagreements {
		if excused[d.construct] == 0 {
			t.Errorf("listed, but it no longer occurs: %s", d.construct)
		}
	}
}

func environment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// compareWithOracle compares the decision of iblint on one case with that of the oracle.
// It shrinks a case on which they disagree; the smallest case must be listed.
func compareWithOracle(j *oracleProcess, c oracleCase, theirs string) (ours string, excuse *disagreement, problem string) {
	d, mayDeny, err := c.decide()
	if err != nil {
		return "", nil, fmt.Sprintf("%v\n%s", err, c.text)
	}
	ours = verdict(d)
	if why := unexplained(d, c.request); why != "" {
		return ours, nil, why + "\n" + c.String()
	}
	if agree(d, mayDeny, theirs) {
		return ours, nil, ""
	}
	problem = fmt.Sprintf("iblint says %s, the oracle %s: %s\n%s", ours, theirs, d.Reason(), c)
	if strings.HasPrefix(theirs, "error") {
		return ours, nil, problem
	}
	small, err := j.shrink(c)
	if err != nil {
		return ours, nil, err.Error()
	}
	for i := range disagreements {
		if disagreements[i].is(small) {
			return ours, &disagreements[i], ""
		}
	}
	return ours, nil, problem + "\nsmaller: " + small.text
}

// shrink removes parts of the document as long as iblint and the oracle disagree.
func (j *oracleProcess) shrink(c oracleCase) (oracleCase, error) {
	try := func(d randomDocument) (bool, error) {
		smaller := c
		smaller.document, smaller.text = d, d.write(plainStyle)
		theirs, err := j.evaluate(smaller)
		if err != nil {
			return false, err
		}
		decision, mayDeny, err := smaller.decide()
		if err != nil {
			return false, err
		}
		if agree(decision, mayDeny, theirs[0]) || strings.HasPrefix(theirs[0], "error") {
			return false, nil
		}
		c = smaller
		return true, nil
	}
	if _, err := try(c.document); err != nil {
		return c, err
	}
	for again := true; again; {
		again = false
		for _, smaller := range c.document.smaller() {
			found, err := try(smaller)
			if err != nil {
				return c, err
			}
			if found {
				again = true
				break
			}
		}
	}
	return c, nil
}

// smaller returns documents with one part removed: each statement, then each condition,
// value, action, resource and principal.
func (d randomDocument) smaller() []randomDocument {
	var out []randomDocument
	for i, s := range d.statements {
		if len(d.statements) > 1 {
			out = append(out, randomDocument{d.kind, d.version, slices.Delete(slices.Clone(d.statements), i, i+1)})
		}
		with := func(changed randomStatement) {
			statements := slices.Clone(d.statements)
			statements[i] = changed
			out = append(out, randomDocument{d.kind, d.version, statements})
		}
		for k, c := range s.conditions {
			changed := s
			changed.conditions = slices.Delete(slices.Clone(s.conditions), k, k+1)
			with(changed)
			for v := range c.values {
				changed.conditions = slices.Clone(s.conditions)
				changed.conditions[k].values = slices.Delete(slices.Clone(c.values), v, v+1)
				with(changed)
			}
		}
		without(s.actions, func(list []string) { s := s; s.actions = list; with(s) })
		without(s.resources, func(list []string) { s := s; s.resources = list; with(s) })
		without(s.principals, func(list []Principal) { s := s; s.principals = list; with(s) })
	}
	return out
}

func without[T any](list []T, use func([]T)) {
	for i := range list {
		use(slices.Delete(slices.Clone(list), i, i+1))
	}
}

func (c oracleCase) String() string {
	return c.as + ": " + c.text + "\n" + c.request.String()
}

// A disagreement is a construct on which iblint and the oracle decide
// differently, and AWS's documentation decides for iblint.
type disagreement struct {
	construct      string
	iblint, oracle string
	rule           string // page of the IAM User Guide, and what it says
	// is reports whether a smallest case on which they disagree has the construct.
	is func(c oracleCase) bool
}

var disagreements = []disagreement{
	{
		"a date as text against one in seconds",
		"compares the moments", "takes the seconds for milliseconds",
		`reference_policies_condition-keys: aws:EpochTime is "the number of seconds since January 1, 1970", and reference_policies_elements_condition_operators: dates are given "with one of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time"`,
		func(c oracleCase) bool {
			return c.compares("date", func(value, requested string) bool { return allDigits(value) != allDigits(requested) })
		},
	},
	{
		"a variable under Version 2008-10-17 or none",
		"is literal text", "is replaced",
		`reference_policies_variables: "If you don't include the Version element and set it to an appropriate version date, variables like ${aws:username} are treated as literal strings in the policy"`,
		func(c oracleCase) bool {
			// iblint and the oracle differ because of the version.
			newer := c
			newer.document.version = "2012-10-17"
			newer.text = newer.document.write(plainStyle)
			before, mayDeny, err := c.decide()
			after, mayDenyAfter, errAfter := newer.decide()
			return err == nil && errAfter == nil && strings.Contains(c.text, "${") && (verdict(before) != verdict(after) || mayDeny != mayDenyAfter)
		},
	},
	{
		"a negated operator with a variable that has no value",
		"holds", "does not hold",
		`reference_policies_variables: "Inverted condition operators like StringNotEquals or StringNotLike do match against a null value"`,
		func(c oracleCase) bool {
			return c.compares("not", func(value, _ string) bool { return c.request.lacksVariable(value) })
		},
	},
	{
		"a variable in a part of an ARN before the last, under an ARN operator",
		"is replaced", "is cut in two at the colon of its name",
		`reference_policies_variables: "You can use a policy variable for Condition values in any condition that involves the string operators or the ARN operators"`,
		func(c oracleCase) bool {
			return c.compares("arn", func(value, _ string) bool {
				before, _, found := strings.Cut(value, "${")
				return found && strings.Count(before, ":") < 5
			})
		},
	},
	{
		"NotResource with a variable that has no value",
		"excepts nothing", "never holds",
		`reference_policies_variables: "If a variable that has no value in the authorization context is used as part of the Resource or NotResource element of a policy, the resource that includes a policy variable with no value will not match any resource"`,
		func(c oracleCase) bool {
			return slices.ContainsFunc(c.document.statements, func(s randomStatement) bool {
				return s.resource == "NotResource" && slices.ContainsFunc(s.resources, c.request.lacksVariable)
			})
		},
	},
	{
		"${*}, ${?} or ${$} under an operator without wildcards",
		"is the character", "is the text itself",
		`reference_policies_variables: "These predefined policy variables can be used in any string where you can use regular policy variables"`,
		func(c oracleCase) bool {
			return c.compares("equals", func(value, _ string) bool {
				return strings.Contains(value, "${*}") || strings.Contains(value, "${?}") || strings.Contains(value, "${$}")
			})
		},
	},
	{
		"an IPv6 address under NotIpAddress with one IPv4 address",
		"holds", "does not hold",
		`reference_policies_elements_condition_operators: NotIpAddress is "all IP addresses except the specified IP address or range"`,
		func(c oracleCase) bool {
			return c.compares("notipaddress", func(value, requested string) bool {
				return !strings.ContainsAny(value, ":/") && strings.Contains(requested, ":")
			})
		},
	},
	{
		"an address range with the prefix /0",
		"is all addresses of its version", "is one address",
		`reference_policies_elements_condition_operators: "The value must be in the standard CIDR format"`,
		func(c oracleCase) bool {
			return c.compares("ipaddress", func(value, _ string) bool { return strings.HasSuffix(value, "/0") })
		},
	},
	{
		"NotResource with an ARN of fewer than six parts",
		"excepts what it matches", "never holds",
		`reference_policies_elements_notresource: it "matches every resource except those specified"`,
		func(c oracleCase) bool {
			return slices.ContainsFunc(c.document.statements, func(s randomStatement) bool {
				return s.resource == "NotResource" && slices.ContainsFunc(s.resources, func(r string) bool { return r != "*" && strings.Count(r, ":") < 5 })
			})
		},
	},
}

// foundCases are cases of other seeds with a disagreement that was not listed when it
// was found.
var foundCases = []oracleCase{
	{
		as: "identity",
		document: randomDocument{Identity, "2012-10-17", []randomStatement{{
			effect: "Allow", action: "Action", actions: []string{"ecr:Batch*"}, resource: "Resource", resources: []string{"*"},
			conditions: []randomCondition{{"StringNotEquals", "aws:PrincipalTag/team", []string{"${*}"}}},
		}}},
		request: randomRequest{Principal{"AWS", role}, "ecr:BatchDeleteImage", images[1], map[string][]string{"aws:PrincipalTag/team": {"*"}}},
	},
	{
		as: "identity", // of several values the simulator takes the fallback
		document: randomDocument{Identity, "2008-10-17", []randomStatement{{
			effect: "Deny", action: "Action", actions: []string{"*"}, resource: "Resource", resources: []string{"arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team, 'a'}"},
		}}},
		request: randomRequest{Principal{"AWS", role}, "ecr:BatchDeleteImage", images[1], map[string][]string{"aws:PrincipalTag/team": {"*", "foo"}}},
	},
}

// lacksVariable reports whether a value has a variable without a default whose key the
// request does not have.
func (r randomRequest) lacksVariable(value string) bool {
	_, rest, found := strings.Cut(value, "${")
	key, _, closed := strings.Cut(rest, "}")
	return found && closed && !strings.ContainsAny(key, "*?$,") && r.values(key) == nil
}

// compares reports whether a condition, whose operator has a name with that in
// it, compares values for which is holds.
func (c oracleCase) compares(operator string, is func(value, requested string) bool) bool {
	for _, s := range c.document.statements {
		for _, condition := range s.conditions {
			if !strings.Contains(strings.ToLower(condition.operator), operator) {
				continue
			}
			for _, value := range condition.values {
				if slices.ContainsFunc(c.request.values(condition.key), func(requested string) bool { return is(value, requested) }) {
					return true
				}
			}
		}
	}
	return false
}

// BenchmarkOracle evaluates the same trust policies with iblint and the oracle in turn,
// each in one process on one processor.
func BenchmarkOracle(b *testing.B) {
	g := newGenerator(7)
	generated := make([]oracleCase, 500)
	for i := range generated {
		d := g.document(Trust)
		generated[i] = oracleCase{as: "trust", document: d, text: d.write(plainStyle), request: g.request(Trust)}
	}
	example := oracleCase{as: "trust", document: randomDocument{kind: Trust}, text: guide, request: randomRequest{imagebuilder, "sts:AssumeRole", role, map[string][]string{
		"aws:SourceAccount": {owner}, "aws:SourceArn": {arns[0]}}}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for name, cases := range map[string][]oracleCase{"guide": {example}, "generated": generated} {
		b.Run(name, func(b *testing.B) {
			var documents []*Document
			var requests []*Request
			for _, c := range cases {
				d, err := Parse(Trust, c.text)
				if err != nil {
					b.Fatal(err)
				}
				documents, requests = append(documents, d), append(requests, c.request.known())
			}
			var evaluated, parsed, unsafe, validated []float64
			for range 5 {
				evaluated = append(evaluated, rate(len(cases), func(i int) { Evaluate(documents[i], requests[i]) }))
				parsed = append(parsed, rate(len(cases), func(i int) {
					d, _ := Parse(Trust, cases[i].text)
					Evaluate(d, requests[i])
				}))
				command := exec.Command("node", os.Getenv("IBLINT_ORACLE"), "rate", strconv.Itoa(10000/len(cases)))
				command.Stdin, command.Stderr = strings.NewReader(lines(cases)), os.Stderr
				out, err := command.Output()
				if err != nil {
					b.Fatal(err)
				}
				var u, v float64
				if _, err := fmt.Sscan(string(out), &u, &v); err != nil {
					b.Fatal(err)
				}
				unsafe, validated = append(unsafe, u), append(validated, v)
			}
			for unit, rates := range map[string][]float64{"evaluated/s": evaluated, "parsed+evaluated/s": parsed, "oracle/s": unsafe, "oracle+validation/s": validated} {
				slices.Sort(rates)
				b.ReportMetric(rates[len(rates)/2], unit)
			}
			b.ReportMetric(0, "ns/op") // there is no operation of one kind
		})
	}
}

// rate returns how many times per second do can be called, with 0 to n-1 in turn.
func rate(n int, do func(i int)) float64 {
	begin, done := time.Now(), 0
	for time.Since(begin) < time.Second/2 {
		for range 200 {
			do(done % n)
			done++
		}
	}
	return float64(done) / time.Since(begin).Seconds()
}
