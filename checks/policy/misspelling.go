package policy

import "strings"

// maxName is the length in bytes of the longest name that is compared with known
// names. All known names are shorter.
const maxName = 64

// nearest returns the known name that a name is probably a misspelling of, or "". A
// misspelling has another letter case, or a letter that is added, missing, replaced
// or exchanged with its neighbor. A known name of at least six letters may have two
// such errors.
func nearest(name string, known []string) string {
	best, least := "", 3
	if len(name) > maxName {
		return best
	}
	for _, k := range known {
		limit := min(1+len(k)/6, 2, least-1)
		if d := distance(lowerASCII(name), lowerASCII(k), limit); d <= limit {
			best, least = k, d
		}
	}
	return best
}

// distance returns the number of edits that turn a into b. An edit adds, removes or
// replaces one byte, or exchanges two neighbors that are not edited again. If the
// distance exceeds the limit, the result is limit+1.
func distance(a, b string, limit int) int {
	if max(len(a), len(b)) > maxName || len(a) > len(b)+limit || len(b) > len(a)+limit {
		return limit + 1
	}
	var before, above, row [maxName + 1]uint8 // rows for the two shorter prefixes of a, and for this one
	for j := range len(b) + 1 {
		row[j] = uint8(j)
	}
	for i := range len(a) {
		before, above = above, row
		row[0] = uint8(i + 1)
		least := row[0]
		for j := range len(b) {
			row[j+1] = min(above[j+1], row[j]) + 1
			if a[i] == b[j] {
				row[j+1] = min(row[j+1], above[j])
			} else {
				row[j+1] = min(row[j+1], above[j]+1)
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if int(least) > limit+1 { // an exchange can still be one better than the previous row
			return limit + 1
		}
	}
	return min(int(row[len(b)]), limit+1)
}

// orNearest adds to a problem the known name that a name is a misspelling of.
func orNearest(problem, name string, known []string) string {
	if k := nearest(name, known); k != "" && !strings.HasSuffix(problem, k) {
		return problem + "; it is probably a misspelling of " + k
	}
	return problem
}
