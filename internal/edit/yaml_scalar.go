package edit

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// scalarEnd is where a scalar ends that begins at an offset.
func (b *yamlBuilder) scalarEnd(n *yaml.Node, at int, p yamlPlace) int {
	end := -1
	switch {
	case at >= len(b.Source):
	case n.Style&yaml.DoubleQuotedStyle != 0:
		end = quotedEnd(b.Source, at, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		end = quotedEnd(b.Source, at, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		end = blockScalarEnd(b.Source, at, p.indent)
	default:
		end = plainEnd(b.Source, at, n.Value)
	}
	if end < 0 {
		b.fail()
		return at
	}
	return end
}

// quotedEnd is where a scalar in quotes ends; -1: it does not.
func quotedEnd(source []byte, at int, quote byte) int {
	if source[at] != quote {
		return -1
	}
	for i := at + 1; i < len(source); i++ {
		switch {
		case source[i] == '\\' && quote == '"':
			i++
		case source[i] != quote:
		case quote == '\'' && i+1 < len(source) && source[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// plainEnd is where a scalar without quotes ends. Line breaks in it are spaces in its value.
func plainEnd(source []byte, at int, value string) int {
	for i := 0; i < len(value); {
		if at >= len(source) {
			return -1
		}
		if space(value[i]) {
			if !space(source[at]) {
				return -1
			}
			for i < len(value) && space(value[i]) {
				i++
			}
			for at < len(source) && space(source[at]) {
				at++
			}
			continue
		}
		if source[at] != value[i] {
			return -1
		}
		i++
		at++
	}
	return at
}

func space(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }

// blockScalarEnd is where a literal or folded scalar ends, without its last line break. Indent is
// the column of the key or the dash that it belongs to.
func blockScalarEnd(source []byte, at, indent int) int {
	if source[at] != '|' && source[at] != '>' {
		return -1
	}
	next := lineEnd(source, at)
	header := strings.TrimRight(string(source[at:next]), "\r\n")
	end := at + len(header)
	marks, _, _ := strings.Cut(header, " ")
	column := -1 // of the content
	if i := strings.IndexAny(marks, "123456789"); i >= 0 {
		column = max(indent, 0) + int(marks[i]-'0')
	}
	for next < len(source) {
		line := source[next:lineEnd(source, next)]
		content := len(bytes.TrimRight(line, " \t\r\n"))
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case content == 0:
			if strings.Contains(marks, "+") || column >= 0 && spaces > column { // further spaces are a part of it
				end = next + len(bytes.TrimRight(line, "\r\n"))
			}
		case spaces <= indent || column >= 0 && spaces < column:
			return end
		default:
			if column < 0 {
				column = spaces
			}
			end = next + len(bytes.TrimRight(line, "\r\n"))
		}
		next += len(line)
	}
	return end
}

// Literal returns the text of a literal scalar as JSON in the file. Sub says that variables stand
// in it, as in ${Name}.
func (n *Node) Literal(sub bool) (*JSON, bool) {
	if !n.literal {
		return nil, false
	}
	at := n.Start
	for at < n.End && n.source[at] != '|' { // after a tag
		at++
	}
	first := min(lineEnd(n.source, at), n.End)
	j := &JSON{File: n.File, Source: n.source, Start: first, End: n.End, Sub: sub}
	for i := first; sub && i < n.End; i++ {
		rest := n.source[i:n.End]
		if bytes.HasPrefix(rest, []byte("${")) && !bytes.HasPrefix(rest, []byte("${!")) {
			length := bytes.IndexByte(rest, '}')
			if length < 0 {
				return nil, false
			}
			j.Opaque = append(j.Opaque, [2]int{i, i + length + 1})
			i += length
		}
	}
	return j, true
}
