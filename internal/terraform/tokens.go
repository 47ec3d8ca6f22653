package terraform

// defaultTokens bounds the words and signs of all source files of a configuration, and of one
// template. The parser takes about 500 bytes of memory for each. Configurations that people write
// have one in five bytes.
const defaultTokens = 2_000_000

// countTokens returns about how many tokens the parser makes of a source. It counts each word and
// sign, also in comments and in strings, but a line of # or * once.
func countTokens(src []byte) (n int64) {
	const space, word = ' ', 'a'
	before := byte(space)
	for _, c := range src {
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			c = space
		case c >= 0x80 || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			c = word
		}
		if c != space && (c != before || c != word && c != '#' && c != '*') {
			n++
		}
		before = c
	}
	return n
}
