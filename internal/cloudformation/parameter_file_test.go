package cloudformation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
)

func TestParameterFiles(t *testing.T) {
	for text, want := range map[string]string{
		`[{"ParameterKey": "A", "ParameterValue": "x"}, {"ParameterKey": "B", "UsePreviousValue": true}]`: "map[A:x B:${B}]",
		`["A=x", "B=y=z", "C="]`:                                                                    "map[A:x B:y=z C:]",
		`{"Parameters": {"A": "x", "N": 12}, "Tags": {"T": "t"}}`:                                   "map[A:x N:12]",
		`{"Parameters": {"A": {"Fn::GetArtifactAtt": ["Build", "x"]}, "L": ["a", "b"], "T": true}}`: "map[A:${A} L:a,b T:true]",
		"Parameters:\n  A: 012345670123\n":                                                          "map[A:012345670123]",
		`[]`:                                                                                        "map[]",
	} {
		got, err := cloudformation.ParseParameters("p.json", []byte(text))
		if err != nil || symbol.Text(fmt.Sprint(got)) != want {
			t.Errorf("%s: %s %v", text, symbol.Text(fmt.Sprint(got)), err)
		}
	}
	for text, want := range map[string]string{
		`{}`: "p.json:1: no values of parameters", `{"Parameters": []}`: "p.json:1: no values of parameters", `["A"]`: `p.json:1: "A" is not KEY=VALUE`,
		`[{"A": "x"}]`: "p.json:1: not a value of a parameter", `["A=1", "A=2"]`: `p.json:1: the parameter "A" has two values`, `[{"ParameterKey": "A"}]`: `p.json:1: the parameter "A" has no ParameterValue`,
		``: "p.json:1: the file is empty", `{"Parameters": {"A": null}}`: `p.json:1: the parameter "A" has no value`, `[1`: "p.json:2: ",
	} {
		if _, err := cloudformation.ParseParameters("p.json", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
