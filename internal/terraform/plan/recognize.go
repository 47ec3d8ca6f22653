package plan

import (
	"bytes"
	"slices"
)

// keys are names of members of the outermost object.
type keys map[string]bool

// scan adds the names of the members of the outermost object of a JSON document, in order, until
// enough returns true. It does not check the document.
func (k *keys) scan(data []byte, enough func(name string) bool) {
	*k = keys{}
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			start := i + 1
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
			if depth != 1 || i >= len(data) || i-start > 64 {
				continue
			}
			if rest := bytes.TrimLeft(data[i+1:min(len(data), i+64)], " \t\r\n"); !bytes.HasPrefix(rest, []byte(":")) {
				continue
			}
			name := string(data[start:i])
			(*k)[name] = true
			if enough(name) {
				return
			}
		}
	}
}

// foreign are members of other documents that iblint reads.
var foreign = []string{"AWSTemplateFormatVersion", "Resources", "schemaVersion", "accounts", "owners", "RoleDetailList", "UserDetailList", "GroupDetailList", "Policies"}

// Is reports whether a document, without a byte order mark, is a plan or a state, by the names of
// its members. It may be cut short.
func Is(data []byte) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return false
	}
	var k keys
	k.scan(data, func(name string) bool {
		return name == "format_version" || k["terraform_version"] && (k["serial"] || k["lineage"]) || slices.Contains(foreign, name)
	})
	if slices.ContainsFunc(foreign, func(name string) bool { return k[name] }) {
		return false
	}
	return k["format_version"] || k["terraform_version"] && (k["version"] || k["serial"] || k["lineage"])
}

// IsLog reports whether a document is the log of terraform plan -json, which is no plan.
func IsLog(data []byte) bool { return bytes.HasPrefix(data, []byte(`{"@level":`)) }

// IsBinary reports whether a file is a plan as terraform plan -out writes it: a zip archive.
func IsBinary(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }
