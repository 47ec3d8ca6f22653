//go:build race

package awsapi

// thin is how much of a matrix is tried: with the race detector, which takes ten
// times as long, every eighth case; without it all of them.
const thin = 8
