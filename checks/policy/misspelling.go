package policy

import "strings"

// maxName bounds what is compared with known names: no known one is as long.
const maxName = 64

// nearest returns the known name that a name is a misspelling of: other letter
// case, or a letter added, lost, replaced or exchanged with its neighbour; two
// of them if the known name has six letters or more. It is "" without one.
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

// distance is the number of edits that make a into b, of one byte each: add,
// remove, replace, or exchange two neighbours that are not edited again. Beyond
// the limit it is limit+1.
func distance(a, b string, limit int) int {
	if max(len(a), len(b)) > maxName || len(a) > len(b)+limit || len(b) > len(a)+limit {
		return limit + 1
	}
	var before, above, row [maxName + 1]uint8 // of the two prefixes of a that are shorter, and of this one
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
		if int(least) > limit+1 { // an exchange may still gain one on the row before
			return limit + 1
		}
	}
	return min(int(row[len(b)]), limit+1)
}

// orNearest adds to a problem with a name the known name that is meant.
func orNearest(problem, name string, known []string) string {
	if k := nearest(name, known); k != "" && !strings.HasSuffix(problem, k) {
		return problem + "; it is probably a misspelling of " + k
	}
	return problem
}
