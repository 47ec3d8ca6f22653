package lintcmd

import (
	"strconv"
	"strings"

	"github.com/iblint/iblint/internal/source"
)

// arrays are the environment variables by which engines number the jobs of an array. Kubernetes has
// none for the number of jobs (.spec.completions).
var arrays = []struct {
	engine, index, size string
	first               int
}{
	{"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0},
	{"Kubernetes", "JOB_COMPLETION_INDEX", "", 0},
	{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
}

const maxParts = 10_000 // the largest array of AWS Batch

// parsePart parses the value of --part: I/N, auto, auto/N or nothing.
func parsePart(text string, getenv func(string) string) (source.Part, error) {
	const expected = "expected I/N with I from 1 to N, auto or auto/N"
	if text == "" {
		return source.Part{}, nil
	}
	first, second, hasOf := strings.Cut(text, "/")
	of, err := strconv.Atoi(second)
	if hasOf && (err != nil || of < 1 || of > maxParts) {
		return source.Part{}, usage("--part %s: %s; N is at most %d", text, expected, maxParts)
	}
	if first != "auto" {
		number, err := strconv.Atoi(first)
		if err != nil || !hasOf || number < 1 || number > of {
			return source.Part{}, usage("--part %s: %s", text, expected)
		}
		return source.Part{Number: number, Of: of}, nil
	}
	for _, a := range arrays {
		index := getenv(a.index)
		if index == "" {
			continue
		}
		size := of
		if given := getenv(a.size); a.size != "" && given != "" {
			if size, err = strconv.Atoi(given); err != nil || hasOf && size != of {
				return source.Part{}, usage("--part %s: the environment of %s says %s=%s", text, a.engine, a.size, given)
			}
		}
		number, err := strconv.Atoi(index)
		switch number += 1 - a.first; {
		case size == 0:
			return source.Part{}, usage("--part %s: the environment of %s does not say how many parts there are; write --part auto/N", text, a.engine)
		case err != nil || number < 1 || number > size || size > maxParts:
			return source.Part{}, usage("--part %s: the environment of %s says %s=%s, of %d", text, a.engine, a.index, index, size)
		}
		return source.Part{Number: number, Of: size}, nil
	}
	return source.Part{}, usage("--part %s: none of AWS_BATCH_JOB_ARRAY_INDEX, JOB_COMPLETION_INDEX and CI_NODE_INDEX is set; write --part I/N", text)
}
