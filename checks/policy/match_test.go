package policy

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/testrun"
)

// naive matches a glob by trying all possibilities. match must agree with it.
func naive(glob, text []rune) bool {
	switch {
	case len(glob) == 0:
		return len(text) == 0
	case glob[0] == '*':
		return naive(glob[1:], text) || len(text) > 0 && naive(glob, text[1:])
	case len(text) == 0:
		return false
	default:
		return (glob[0] == '?' || glob[0] == text[0]) && naive(glob[1:], text[1:])
	}
}

func randomText(r *rand.Rand, alphabet string, most int) string {
	letters := []rune(alphabet)
	text := make([]rune, r.Intn(most+1))
	for i := range text {
		text[i] = letters[r.Intn(len(letters))]
	}
	return string(text)
}

func TestMatchAgreesWithNaive(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	rounds, matched := 100_000/testrun.Thin(), 0
	for range rounds {
		glob, text := randomText(r, "aabé**?", 8), randomText(r, "aabé", 8)
		want := naive([]rune(glob), []rune(text))
		if want {
			matched++
		}
		if got := match(compileGlob(glob), text); got != want {
			t.Fatalf("%q for %q: got %v, want %v", glob, text, got, want)
		}
		if got := matchFold(compileGlob(glob), strings.ToUpper(strings.ReplaceAll(text, "é", "ab"))); got != naive([]rune(glob), []rune(strings.ReplaceAll(text, "é", "ab"))) {
			t.Fatalf("%q for %q in upper case: got %v", glob, text, got)
		}
	}
	if matched < rounds/20 {
		t.Errorf("only %d pairs match", matched)
	}
}

// texts returns all texts over a small alphabet, up to a length.
func texts(alphabet string, most int) []string {
	all := []string{""}
	for from := 0; most > 0; most-- {
		to := len(all)
		for _, t := range all[from:to] {
			for _, c := range alphabet {
				all = append(all, t+string(c))
			}
		}
		from = to
	}
	return all
}

// Two globs of up to five symbols that overlap do so in a text of up to ten,
// and one letter that is in neither glob is enough to distinguish them.
func TestGlobAgainstGlob(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(2))
	universe := texts("aéz", 7)
	counts := map[string]int{}
	for range 1500 / testrun.Thin() {
		a, b := randomText(r, "aé**?", 4), randomText(r, "aé**?", 3)
		some, all := false, true
		for _, text := range universe {
			inA, inB := naive([]rune(a), []rune(text)), naive([]rune(b), []rune(text))
			some = some || inA && inB
			all = all && (inA || !inB)
		}
		pa, pb := compileGlob(a), compileGlob(b)
		if got := overlap(pa, pb); got != some {
			t.Errorf("overlap of %q and %q: got %v, want %v", a, b, got, some)
		}
		if got := overlap(pb, pa); got != some {
			t.Errorf("overlap of %q and %q: got %v, want %v", b, a, got, some)
		}
		switch covers := match(pa, pb); {
		case covers && !all:
			t.Errorf("%q does not match all of %q", a, b)
		case covers:
			counts["covers"]++
		case all:
			counts["missed"]++
		case some:
			counts["overlaps"]++
		default:
			counts["apart"]++
		}
	}
	// match misses pairs like "?*" and "*a": the text has a character, but which symbol
	// of the second glob it matches depends on the text.
	if most, least := 20, 100/testrun.Thin()/2; counts["missed"] > most || counts["covers"] < least || counts["overlaps"] < least || counts["apart"] < least {
		t.Errorf("%v", counts)
	}
}

func TestCompileGlob(t *testing.T) {
	for glob, want := range map[string]string{
		"": "", "abc": "abc", "*": "\xff", "?*": "\xfe\xff", "*?": "\xfe\xff", "a**?*?b": "a\xfe\xfe\xffb", "*é?": "\xffé\xfe",
	} {
		if got := compileGlob(glob); got != want {
			t.Errorf("%q: got %q, want %q", glob, got, want)
		}
	}
}

func TestHostileGlobs(t *testing.T) {
	stars, text := strings.Repeat("*a", 2000)+"*b", strings.Repeat("a", 4000)
	if match(compileGlob(stars), text) {
		t.Error("matches")
	}
	if overlap(compileGlob(stars), compileGlob(strings.Repeat("a*", 1000)+"c")) {
		t.Error("overlaps")
	}
}
