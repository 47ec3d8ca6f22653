package policy

import "testing"

var guide = allow(`{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}`)

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse(Trust, guide); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkEvaluate(b *testing.B, arn Value) {
	d := parse(b, guide)
	r := request(owner, owner)
	r.Context.Set("aws:SourceArn", arn)
	for b.Loop() {
		if Evaluate(d, r).Outcome != Allowed {
			b.Fatal("not allowed")
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	benchmarkEvaluate(b, Known("arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1"))
}

func BenchmarkEvaluatePattern(b *testing.B) {
	benchmarkEvaluate(b, Pattern("arn:aws:imagebuilder:us-east-1:111122223333:image/?*/?*.?*.?*/?*"))
}

func BenchmarkParseAndEvaluate(b *testing.B) {
	r := request(owner, owner)
	for b.Loop() {
		d, err := Parse(Trust, guide)
		if err != nil || Evaluate(d, r).Outcome != Allowed {
			b.Fatal("not allowed")
		}
	}
}

func BenchmarkReason(b *testing.B) {
	d := Evaluate(parse(b, guide), request(destination, owner))
	for b.Loop() {
		if d.Reason() == "" {
			b.Fatal("no reason")
		}
	}
}

// A decision on the usual path allocates nothing.
func TestEvaluateAllocatesNothing(t *testing.T) {
	for name, r := range map[string]*Request{"known": request(owner, owner), "denied": request(destination, owner)} {
		d := parse(t, guide)
		if n := testing.AllocsPerRun(100, func() { Evaluate(d, r) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
