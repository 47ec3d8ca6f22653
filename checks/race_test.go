//go:build race

package checks_test

// thin is how much of a matrix is tried: with the race detector, which takes ten
// times as long, every eighth case; without it all of them.
const thin = 8
