package redact

import (
	"net/netip"
	"strings"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// A walker visits the words that AWS does not own in names, ARNs and policies. The
// same walk learns the words and replaces them, so both always find the same words.
type walker struct {
	word func(string) string // returns the replacement of a word

	// number and instant return the replacements of a number and of a time that a
	// condition compares.
	number, instant func(string) string

	// documented returns the replacement of a whole policy. If it is nil, the walker
	// visits the policy.
	documented func(string) string

	// message returns the replacement of an error message. If it is nil, the walker visits the
	// message.
	message func(string) string

	prose bool // the text is an error message: keep the words of error messages
}

// string visits a string of unknown form.
func (w walker) string(text string) string {
	if looksLikeDocument(text) {
		if w.documented != nil {
			return w.documented(text)
		}
		return w.document(text)
	}
	return w.name(text)
}

func looksLikeDocument(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

// instantForm matches a date with a time, which contains colons.
var instantForm = lazyregexp.New(`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.+Zz-]+$`)

// name visits a name, an ARN, or names separated by slashes.
func (w walker) name(text string) string {
	switch {
	case owned(text), isCompound(text):
		return text
	case strings.HasPrefix(text, "arn:"):
		return w.arn(text)
	case isAddress(text), instantForm().MatchString(text):
		return w.word(text)
	}
	return w.pieces(text)
}

// isAddress reports whether the text is an IP address or a CIDR range.
func isAddress(text string) bool {
	if text == "" || len(text) > 60 || strings.IndexByte("0123456789abcdefABCDEF:", text[0]) < 0 || !strings.ContainsAny(text, ".:") {
		return false
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(text)
	return err == nil
}

// isSeparator reports whether a byte separates names in a path, a URI or a pattern.
func isSeparator(c byte) bool { return c == '/' || c == ':' || c == '*' || c == '?' || c == '@' }

// pieces visits names that are separated by separators and policy variables.
func (w walker) pieces(text string) string {
	var b strings.Builder
	from := 0
	flush := func(to int) {
		if from < to {
			b.WriteString(w.piece(text[from:to]))
		}
	}
	for i := 0; i < len(text); {
		switch {
		case isSeparator(text[i]):
			flush(i)
			b.WriteByte(text[i])
			i++
			from = i
		case strings.HasPrefix(text[i:], "${"):
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				i++
				continue
			}
			flush(i)
			b.WriteString("${" + w.variable(text[i+2:i+end]) + "}")
			i += end + 1
			from = i
		default:
			i++
		}
	}
	flush(len(text))
	return b.String()
}

// piece visits one word, with or without space around it, or a host name of AWS.
func (w walker) piece(text string) string {
	word := strings.TrimSpace(text)
	if owned(word) || w.prose && isProse(word) {
		return text
	}
	now := ""
	if labels, domain, ok := awsHost(word); ok {
		parts := strings.Split(labels, ".")
		for i, label := range parts {
			if hasLetterOrDigit(label) && !isHostLabel(label) {
				parts[i] = w.word(label)
			}
		}
		now = strings.Join(parts, ".") + domain
	} else {
		now = w.word(word)
	}
	return strings.Replace(text, word, now, 1)
}

// variable visits a policy variable: a key and an optional default value.
func (w walker) variable(text string) string {
	key, otherwise, ok := strings.Cut(text, ",")
	if !ok {
		return w.key(key)
	}
	value := strings.Trim(otherwise, "' ")
	return w.key(key) + "," + strings.Replace(otherwise, value, w.name(value), 1)
}

// arn visits an ARN.
func (w walker) arn(text string) string {
	fields := fieldsOf(text)
	if len(fields) < 6 {
		return w.pieces(text)
	}
	partition, service, region, id := fields[1], fields[2], fields[3], fields[4]
	if id == "aws" && owned(partition) && services()[service] && !strings.Contains(fields[5], "${") {
		fields[5] = w.ofAWS(service, fields[5]) // AWS's own resource
		return strings.Join(fields, ":")
	}
	fields[1] = w.pieces(partition)
	if !services()[strings.ToLower(service)] {
		fields[2] = w.pieces(service)
	}
	if !standsForRegion(region) {
		fields[3] = w.pieces(region)
	}
	fields[4] = w.pieces(id)
	fields[5] = w.resource(service, fields[5])
	return strings.Join(fields, ":")
}

// fieldsOf returns the six fields of an ARN. Colons in policy variables do not
// separate fields.
func fieldsOf(text string) (fields []string) {
	from, depth := 0, 0
	for i := 0; i < len(text) && len(fields) < 5; i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			depth = max(0, depth-1)
		case ':':
			if depth == 0 {
				fields, from = append(fields, text[from:i]), i+1
			}
		}
	}
	return append(fields, text[from:])
}

func standsForRegion(pattern string) bool {
	return strings.ContainsAny(pattern, "*?") && standsFor(pattern, regionNames())
}

// workflowTypes are what Image Builder writes before the name in the ARN of a workflow.
var workflowTypes = map[string]bool{"build": true, "test": true, "distribution": true}

// resource visits the last field of an ARN. It keeps the versions of Image Builder, and
// the types of its workflows.
func (w walker) resource(service, text string) string {
	if service != "imagebuilder" || strings.Contains(text, "${") {
		return w.pieces(text)
	}
	parts := strings.Split(text, "/") // image/NAME/VERSION/BUILD
	for i, part := range parts {
		ofAWS := i > 1 && version().MatchString(part) || i == 1 && parts[0] == "workflow" && workflowTypes[part]
		if !ofAWS {
			parts[i] = w.pieces(part)
		}
	}
	return strings.Join(parts, "/")
}

// ofAWS visits the last field of an ARN of AWS's own resource. AWS's images have a type, a
// name, a version and a build number.
func (w walker) ofAWS(service, text string) string {
	if service != "imagebuilder" {
		return text
	}
	parts := strings.Split(text, "/") // image/NAME/VERSION/BUILD, or workflow/TYPE/NAME/VERSION/BUILD
	first := 2
	if parts[0] == "workflow" {
		first = 3
	}
	for i := first; i < len(parts); i++ {
		if !version().MatchString(parts[i]) {
			parts[i] = w.pieces(parts[i])
		}
	}
	return strings.Join(parts, "/")
}

// key visits a condition key. It replaces keys of tags and encryption contexts, and
// keys that AWS does not define.
func (w walker) key(text string) string {
	base, rest, tag := strings.Cut(text, "/")
	if !isKey(base) {
		if service, more, ok := strings.Cut(text, ":"); ok && services()[strings.ToLower(service)] {
			if context, of, ok := strings.Cut(more, ":"); ok && isKey(service+":"+context) {
				return service + ":" + context + ":" + w.pieces(of)
			}
			return service + ":" + w.pieces(more)
		}
		return w.pieces(text)
	}
	if !tag {
		return text
	}
	return base + "/" + w.pieces(rest)
}

// action visits an action of a policy.
func (w walker) action(text string) string {
	service, name, ok := strings.Cut(text, ":")
	switch {
	case !ok:
		return w.pieces(text)
	case strings.ContainsAny(name, "*?") && standsFor(text, knownActions()), actionNames()[strings.ToLower(text)]:
		return text
	case !services()[strings.ToLower(service)]:
		service = w.pieces(service)
	}
	return service + ":" + w.pieces(name)
}

// value visits a value of a condition.
func (w walker) value(operator, key, text string) string {
	operator = strings.ToLower(operator)
	if _, base, ok := strings.Cut(operator, ":"); ok {
		operator = base
	}
	switch {
	case strings.HasPrefix(operator, "date") && hasDigit(text):
		return w.instant(text)
	case strings.HasPrefix(operator, "numeric") && hasDigit(text):
		return w.number(text)
	case (strings.EqualFold(key, "aws:RequestedRegion") || strings.EqualFold(key, "ec2:Region")) && standsForRegion(text):
		return text
	}
	return w.name(text)
}

func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }

// errorText visits an error message of iblint, AWS, Go or the operating system. It
// keeps only words that such messages use.
func (w walker) errorText(text string) string {
	if w.message != nil {
		return w.message(text)
	}
	w.prose = true
	return proseToken().ReplaceAllStringFunc(text, func(token string) string {
		if position().MatchString(token) {
			return token
		}
		start := len(token) - len(strings.TrimLeft(token, "."))
		word := strings.TrimRight(token[start:], ".:!?")
		if owned(word) || isProse(word) || isCompound(word) {
			return token
		}
		return token[:start] + w.name(word) + token[start+len(word):]
	})
}

// position matches a position in a file.
var position = lazyregexp.New(`^(line|column) [0-9]{1,9}$`)

var proseToken = lazyregexp.New("\\b(?:line|column) [0-9]{1,9}\\b|[^\\s\"'`()<>,;=\\[\\]{}]+")

// isProse reports whether error messages use a word: a known word, a flag of iblint,
// or a number of at most three digits, such as an HTTP status.
func isProse(word string) bool {
	if len(word) <= 3 && strings.Trim(word, "0123456789") == "" {
		return true
	}
	return proseWords()[strings.ToLower(strings.TrimPrefix(word, "--"))]
}
