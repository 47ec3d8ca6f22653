package terraform

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// guard refuses calls of functions of which the result or the work would be huge. Results are also
// checked after the call, so this is only about functions that multiply.
func (c *callSite) guard(args []cty.Value) error {
	var n float64 // bytes or elements
	text := func(i int) string {
		if i < len(args) && stringType(args[i]) {
			return args[i].AsString()
		}
		return ""
	}
	elements := func(v cty.Value) float64 {
		if v.IsNull() || !v.IsKnown() || !isListed(v.Type()) {
			return 1
		}
		return float64(v.LengthInt())
	}
	switch c.name {
	case "setproduct":
		n = float64(len(args))
		for _, a := range args {
			n *= elements(a)
		}
		n *= maxString / maxElements
	case "join":
		for _, a := range args[min(1, len(args)):] {
			n += elements(a) * float64(len(text(0)))
		}
	case "format", "formatlist":
		n = float64(len(text(0)))
		for _, digits := range numbers().FindAllString(text(0), -1) {
			width, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				width = math.Inf(1)
			}
			n += width
		}
		if c.name == "formatlist" {
			most := 1.0
			for _, a := range args[min(1, len(args)):] {
				most = max(most, elements(a))
			}
			n *= most
		}
	case "indent":
		width, ok := wholeNumber(args[0])
		if !ok && len(args) == 2 && !hasSymbol(args[0]) {
			width = maxString
		}
		n = float64(width) * float64(1+strings.Count(text(1), "\n"))
	case "replace":
		n = replaced(text(0), text(1), text(2))
	case "split":
		n = float64(strings.Count(text(1), text(0))) * (maxString / maxElements)
	case "regexall", "csvdecode":
		n = float64(len(text(0)) + len(text(1))*4)
	case "yamldecode":
		n = yamlSize(text(0))
	case "pow", "parseint":
		if i, ok := wholeNumber(args[len(args)-1]); ok && i > 100_000 {
			n = math.Inf(1)
		}
	}
	if n > maxString {
		return failed(c.x.NameRange, "%s: the result is too large", c.name)
	}
	return nil
}

var numbers = lazyregexp.New(`\d{4,}`)

// replaced is an upper bound of the length of a string after a replacement.
func replaced(s, part, with string) float64 {
	if len(part) > 1 && strings.HasPrefix(part, "/") && strings.HasSuffix(part, "/") {
		re, err := regexp.Compile(part[1 : len(part)-1])
		if err != nil {
			return 0
		}
		const most = 100_000
		matches := len(re.FindAllStringIndex(s, most))
		if matches == most {
			matches = len(s) + 1
		}
		return float64(len(s))*float64(1+strings.Count(with, "$")) + float64(matches)*float64(len(with))
	}
	return float64(len(s)) + float64(strings.Count(s, part))*float64(len(with))
}

var (
	yamlAnchors = lazyregexp.New(`(?m)(?:^|[\s\[{,:-])&[^\s\[\]{},]+`)
	yamlAliases = lazyregexp.New(`(?m)(?:^|[\s\[{,:-])\*[^\s\[\]{},]+`)
)

// yamlSize is an upper bound of the size of a YAML document with its aliases expanded, or infinite
// if it is nested too deeply.
func yamlSize(s string) float64 {
	flow := 0
	for line := range strings.Lines(s) {
		if len(line)-len(strings.TrimLeft(line, " \t-?:")) > 2*maxNesting {
			return math.Inf(1)
		}
		for _, r := range line {
			switch r {
			case '[', '{':
				flow++
			case ']', '}':
				flow = max(0, flow-1)
			}
		}
		if flow > maxNesting {
			return math.Inf(1)
		}
	}
	anchors, aliases := len(yamlAnchors().FindAllString(s, -1)), len(yamlAliases().FindAllString(s, -1))
	size := 1.0
	for levels := 1; levels <= anchors; levels++ {
		size = max(size, math.Pow(float64(aliases)/float64(levels), float64(levels)))
	}
	return size + float64(len(s))
}
