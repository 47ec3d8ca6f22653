// Package awsmanaged is a catalogue of the AWS managed policies: which exist, and
// what they say about the actions of lifecycle management. It stands in for documents
// that were not read. A document that was read is better, because AWS changes them.
package awsmanaged

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/iblint/iblint/checks/policy"
)

// The catalogue is generated from the data of moto, by a test with the build tag moto.
//
//go:embed policies.txt
var text string

// prefix begins the ARNs of the catalogue. It has no policies of other partitions: their
// documents differ.
const prefix = "arn:aws:iam::aws:policy/"

// header begins the first two lines of the catalogue.
const (
	dateHeader    = "# AWS managed policies as of "
	actionsHeader = "# Statements about "
)

// An entry is a line of the catalogue: the path and the name of a policy and, if it has
// statements about Actions, their positions in the document of AWS, and themselves.
type entry struct{ positions, statements string }

type catalogue struct {
	date    string
	actions string
	entries map[string]entry  // by path and name
	named   map[string]string // path and name, by name; IAM has each name once
}

var parsed = sync.OnceValue(func() catalogue {
	c := catalogue{entries: map[string]entry{}, named: map[string]string{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if date, ok := strings.CutPrefix(line, dateHeader); ok {
			c.date = date
			continue
		}
		if actions, ok := strings.CutPrefix(line, actionsHeader); ok {
			c.actions = actions
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		positions, statements, _ := strings.Cut(rest, " ")
		c.entries[name] = entry{positions, statements}
		c.named[baseName(name)] = name
	}
	return c
})

func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// Date is the day of the newest change of a policy in the catalogue, as YYYY-MM-DD.
func Date() string { return parsed().date }

// Actions are the actions that the documents of the catalogue decide: those that the
// managed policy of lifecycle management grants, and sts:AssumeRole. The documents say
// nothing about other actions.
func Actions() []string {
	all := []string{"sts:AssumeRole"}
	for _, g := range policy.ManagedPolicyGrants {
		all = append(all, g.Action)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Has reports whether an ARN is in the namespace that the catalogue covers: an AWS
// managed policy of the partition aws, which may or may not exist.
func Has(arn string) bool { return strings.HasPrefix(arn, prefix) }

// Find returns the document of a policy, with its statements about Actions only. They keep
// their positions in the whole document. It reports whether the policy exists.
func Find(arn string) (d *policy.Document, exists bool) {
	name, ok := strings.CutPrefix(arn, prefix)
	if !ok {
		return nil, false
	}
	e, ok := parsed().entries[name]
	if !ok {
		return nil, false
	}
	d, err := e.document()
	return d, err == nil
}

// document parses an entry. A test parses all, so it does not fail.
func (e entry) document() (*policy.Document, error) {
	if e.statements == "" {
		return &policy.Document{Kind: policy.Identity, Version: version}, nil
	}
	d, err := policy.Parse(policy.Identity, `{"Version":"`+version+`","Statement":`+e.statements+`}`)
	if err != nil {
		return nil, err
	}
	positions := strings.Split(e.positions, ",")
	if len(positions) != len(d.Statements) {
		return nil, fmt.Errorf("%d positions of %d statements", len(positions), len(d.Statements))
	}
	for i, at := range positions {
		n, err := strconv.Atoi(at)
		if err != nil {
			return nil, err
		}
		d.Statements[i].Index = n - 1
	}
	return d, nil
}

// version is the version of the policy language of all the documents.
const version = "2012-10-17"

// RightARN returns the ARN of the policy that exists with the same name and another path,
// and whether there is one. There is then no policy with the given ARN, not even a newer
// one: IAM has each name once, whatever the path.
func RightARN(arn string) (right string, ok bool) {
	name, ok := strings.CutPrefix(arn, prefix)
	if !ok {
		return "", false
	}
	right, ok = parsed().named[baseName(name)]
	if !ok || right == name {
		return "", false
	}
	return prefix + right, true
}

// Named returns the ARN of the policy with a name, in the partition aws, and whether there is one.
func Named(name string) (arn string, ok bool) {
	full, ok := parsed().named[name]
	return prefix + full, ok
}
