package cloudformation

import (
	"cmp"

	"github.com/iblint/iblint/checks/symbol"
)

// pseudoParameters sets the values of pseudo parameters.
func (s *Stack) pseudoParameters() {
	value := func(given, name, why string) string {
		text := cmp.Or(given, s.symbol(name, why))
		if symbol.Is(text) {
			s.set.words[text] = true // account IDs, Regions, partitions and names of stacks are words
		}
		return text
	}
	s.pseudo = map[string]string{
		"AWS::AccountId": value(s.o.Account, "AWS::AccountId", "no account ID was given"),
		"AWS::Region":    value(s.o.Region, "AWS::Region", "no Region was given"),
		"AWS::Partition": value(s.o.Partition, "AWS::Partition", "no partition was given"),
		"AWS::StackName": value(s.o.StackName, "AWS::StackName", "the name of the stack is not in the template"),
		"AWS::URLSuffix": cmp.Or(s.o.URLSuffix, s.symbol("AWS::URLSuffix", "no partition was given")),
	}
	p := s.pseudo
	p["AWS::StackId"] = "arn:" + p["AWS::Partition"] + ":cloudformation:" + p["AWS::Region"] + ":" + p["AWS::AccountId"] +
		":stack/" + p["AWS::StackName"] + "/" + s.symbol("AWS::StackId", "made at the deployment")
}
