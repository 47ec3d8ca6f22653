package cloudformation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/cloudformation"
)

// large is a template of 5 MB, far more than CloudFormation accepts.
func large() string {
	var b strings.Builder
	b.WriteString("Parameters:\n  Stage: {Type: String, Default: dev}\nResources:\n")
	for i := 0; b.Len() < 5<<20; i++ {
		fmt.Fprintf(&b, `  Role%d:
    Type: Test::Named::Role
    Properties:
      Name: !Sub role-%d-${Stage}-${AWS::Region}
      Document:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: !Join ['.', [imagebuilder, !Ref AWS::URLSuffix]]
            Action: sts:AssumeRole
      Tags: [{Key: a, Value: !GetAtt Role%d.Arn}]
`, i, i, i/2+i%2)
	}
	return b.String()
}

// Reading and evaluating a large template takes at most three times as long as the YAML library
// takes to parse it.
func TestSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	text := []byte(large())
	best := func(f func()) time.Duration {
		least := time.Hour
		for range 3 {
			begin := time.Now()
			f()
			least = min(least, time.Since(begin))
		}
		return least
	}
	library := best(func() {
		var root yaml.Node
		if err := yaml.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
	})
	own := best(func() {
		template, err := cloudformation.Parse("a.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		all, err := cloudformation.NewSet().Add(template, options()).Resources()
		if err != nil || len(all) < 10_000 {
			t.Fatal(len(all), err)
		}
	})
	t.Logf("YAML library %s, all %s", library, own)
	if own > 3*library {
		t.Errorf("%s, and the YAML library takes %s", own, library)
	}
	var decoded any
	if err := yaml.Unmarshal([]byte(strings.NewReplacer("!Sub ", "", "!Join ", "", "!Ref ", "", "!GetAtt ", "").Replace(string(text))), &decoded); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	took := best(func() {
		if _, err := cloudformation.Parse("a.json", asJSON); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("JSON %s", took)
	if took > 3*library {
		t.Errorf("JSON takes %s, and the YAML library %s", took, library)
	}
}
