// Package lazyregexp compiles a regular expression when it is first used. A program with many expressions, of
// which one run uses few, starts faster.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New returns a function that compiles the pattern on its first call and returns the same expression on each
// one. It can be called by many goroutines at once, and panics if the pattern is not valid.
func New(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
