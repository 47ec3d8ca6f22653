package policy

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/internal/testrun"
)

// For any text, Parse and Lint use memory in proportion to its size, and less time than
// the reading of an account takes.
func TestBounds(t *testing.T) {
	testrun.Long(t)
	many := func(n int, statement string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.TrimSuffix(strings.Repeat(statement+",", n), ",") + `]}`
	}
	value := func(n int) string { return strings.Repeat("a*", n) + "b" }
	for name, text := range map[string]string{
		"IAM's size limit":      many(40, statement("Allow", `{"StringEquals":{"aws:SourceAccount":"111122223333"}}`)),
		"10,000 statements":     many(10000, `{"Effect":"Deny","Principal":{"AWS":"222233334444"},"Action":"sts:*"}`),
		"10,000 values":         many(1, statement("Allow", `{"StringEquals":{"aws:SourceAccount":[`+strings.TrimSuffix(strings.Repeat(`"111122223333",`, 10000), ",")+`]}}`)),
		"many wildcards":        many(1, statement("Allow", `{"StringLike":{"aws:SourceArn":"`+value(20000)+`"}}`)),
		"10,000 symbols":        many(1, statement("Allow", `{"StringEquals":{"aws:SourceAccount":[`+strings.TrimSuffix(strings.Repeat(withSymbols(`"⟦a⟧",`), 10000), ",")+`]}}`)),
		"symbols in one value":  many(1, statement("Allow", `{"StringLike":{"aws:SourceArn":"arn:`+strings.Repeat(withSymbols("⟦a⟧?⟦b⟧*"), 2000)+`"}}`)),
		"short symbols":         many(1, statement("Allow", `{"ArnLike":{"aws:SourceArn":"arn:`+strings.Repeat("\uFDD0a\uFDD1\uFDD2", 40000)+`"}}`)),
		"delimiters":            many(1, statement("Allow", `{"ArnLike":{"aws:SourceArn":"arn:`+strings.Repeat("\uFDD0a", 200000)+`"}}`)),
		"deep nesting":          strings.Repeat("[", 500000),
		"deep nesting inside":   `{"Statement":` + strings.Repeat(`{"Condition":`, 80000),
		"invalid UTF-8":         many(5000, `{"Effect":"Deny","Principal":"*","Action":"sts:`+"\xff"+`"}`),
		"NUL":                   many(5000, `{"Effect":"Deny","Principal":"*","Action":"sts:`+"\x00"+`"}`),
		"as large as it may be": strings.Repeat(" ", maxSize),
		"larger":                strings.Repeat(" ", 8*maxSize),
	} {
		t.Run(name, func(t *testing.T) {
			r := request(owner, owner)
			r.Context.Set("aws:SourceArn", Pattern("arn:aws:imagebuilder:us-east-1:"+owner+":image/"+strings.Repeat("?*a", 300)))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			d, err := Parse(Trust, text)
			if err == nil {
				Evaluate(d, r)
			}
			Lint(Trust, text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			// 100 bytes for each of the text, and what an error or a short text takes anyway.
			if used, most := after.TotalAlloc-before.TotalAlloc, uint64(100*len(text)+1<<20); used > most {
				t.Errorf("%d bytes of text took %d bytes of memory, at most %d are allowed", len(text), used, most)
			}
			if took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}
