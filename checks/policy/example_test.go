package policy_test

import (
	"fmt"

	"github.com/iblint/iblint/checks/policy"
)

// A policy is parsed once and evaluated for a request. What the request does not say is unknown, and so
// may be the answer.
func ExampleEvaluate() {
	trust, err := policy.Parse(policy.Trust, `{
		"Version": "2012-10-17",
		"Statement": [{
			"Effect": "Allow",
			"Principal": {"Service": "imagebuilder.amazonaws.com"},
			"Action": "sts:AssumeRole",
			"Condition": {"StringEquals": {"aws:SourceAccount": "222233334444"}}
		}]
	}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := func(context *policy.Context) *policy.Request {
		return &policy.Request{Principal: policy.Principal{Type: "Service", ID: "imagebuilder.amazonaws.com"}, Action: "sts:AssumeRole", Context: context}
	}
	for _, context := range []*policy.Context{
		policy.NewContext().Set("aws:SourceAccount", policy.Known("222233334444")),
		policy.NewContext().Set("aws:SourceAccount", policy.Known("111122223333")),
		policy.NewContext(),
	} {
		decision := policy.Evaluate(trust, request(context))
		fmt.Printf("%s: %s\n", decision.Outcome, decision.Reason())
	}
	// Output:
	// allowed: statement 1 allows sts:AssumeRole for the service imagebuilder.amazonaws.com
	// denied: statement 1: StringEquals aws:SourceAccount "222233334444" does not match "111122223333"
	// undecidable: statement 1: the value of aws:SourceAccount is not known
}
