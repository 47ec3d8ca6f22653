package lintcmd

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// didYouMean is the end of an error about a word that is none of those that exist: it names the
// one that was probably meant, or is empty.
func didYouMean(word string, existing []string) string {
	if meant := closest(word, existing); meant != "" {
		return "; did you mean " + meant + "?"
	}
	return ""
}

// closest is the word that was probably meant: the one with the fewest typing errors, if there are few, or
// else the only one that has all parts of the word, such as ecr-repository-tag for ecr-tag.
func closest(word string, existing []string) string {
	best, fewest := "", max(1, len(word)/4)+1
	var complete []string
	for _, candidate := range slices.Sorted(slices.Values(existing)) {
		given, candidate := strings.ToLower(word), candidate
		if more := len(word) - len(candidate); max(more, -more) < fewest {
			if errors := typingErrors(given, strings.ToLower(candidate)); errors < fewest && errors < len(word) {
				best, fewest = candidate, errors
			}
		}
		if hasParts(strings.ToLower(candidate), given) {
			complete = append(complete, candidate)
		}
	}
	if best == "" && len(complete) == 1 {
		return complete[0]
	}
	return best
}

// typingErrors is the number of letters that were typed wrongly, left out or added. Two letters in the
// wrong order are one error.
func typingErrors(word, meant string) int {
	fewest := levenshtein.Distance(word, meant, nil)
	for i := range len(word) - 1 {
		swapped := []byte(word)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		fewest = min(fewest, 1+levenshtein.Distance(string(swapped), meant, nil))
	}
	return fewest
}

// hasParts reports whether the parts of a name begin, in order, with those of an abbreviation.
func hasParts(name, abbreviation string) bool {
	parts := strings.Split(name, "-")
	for want := range strings.SplitSeq(abbreviation, "-") {
		i := slices.IndexFunc(parts, func(part string) bool { return strings.HasPrefix(part, want) })
		if want == "" || i < 0 {
			return false
		}
		parts = parts[i+1:]
	}
	return true
}
