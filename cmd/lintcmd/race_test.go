//go:build race

package lintcmd

// thin selects every thin-th run with secrets. The race detector is slow, and these runs use no
// concurrency.
const thin = 8
