package edit

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// AddArgument adds an argument to a block, after its other arguments.
func (h *HCL) AddArgument(b *hclsyntax.Block, name, expression string) []Edit {
	after := -1
	for _, a := range b.Body.Attributes {
		if _, end := h.Range(a.SrcRange); a.SrcRange.Filename == b.TypeRange.Filename {
			after = max(after, end)
		}
	}
	return h.insert(b, after, name+" = "+expression)
}

// AddBlock adds a nested block, as the last of a block.
func (h *HCL) AddBlock(b *hclsyntax.Block, text string) []Edit {
	start, _ := h.Range(b.CloseBraceRange)
	return h.insert(b, lineStart(h.Source, start), text)
}

// insert inserts lines into a block, after the line of an offset; -1: as the first.
func (h *HCL) insert(b *hclsyntax.Block, after int, text string) []Edit {
	first, open := h.Range(b.OpenBraceRange)
	end, _ := h.Range(b.CloseBraceRange)
	outer := indentAt(h.Source, first)
	indent := outer + "  "
	line := indent + text + "\n"
	if rest, blank := strings.CutPrefix(text, "\n"); blank {
		line = "\n" + indent + rest + "\n"
	}
	if lineStart(h.Source, open) == lineStart(h.Source, end) { // in one line
		if strings.TrimSpace(string(h.Source[open:end])) == "" {
			return []Edit{{File: h.File, Start: open, End: end, Text: "\n" + line + outer}}
		}
		inside := h.Source[open:end]
		from := end - len(bytes.TrimLeft(inside, " \t"))
		to := open + len(bytes.TrimRight(inside, " \t"))
		return []Edit{{File: h.File, Start: open, End: from, Text: "\n" + indent}, {File: h.File, Start: to, End: end, Text: "\n" + line + outer}}
	}
	at := lineEnd(h.Source, open)
	if after > open {
		at = after
		if h.Source[after-1] != '\n' {
			at = lineEnd(h.Source, after)
		}
	}
	return []Edit{{File: h.File, Start: at, End: at, Text: line, Apart: true}}
}

// IndentIn is the indentation of what stands in a block.
func (h *HCL) IndentIn(b *hclsyntax.Block) string {
	at, _ := h.Range(b.OpenBraceRange)
	return indentAt(h.Source, at) + "  "
}

// AddAfter adds blocks after a block of the file.
func (h *HCL) AddAfter(b *hclsyntax.Block, text string) Edit {
	_, end := h.Range(b.CloseBraceRange)
	return h.addAt(lineEnd(h.Source, end), text)
}

// AddLast adds blocks at the end of the file.
func (h *HCL) AddLast(text string) Edit { return h.addAt(len(h.Source), text) }

func (h *HCL) addAt(at int, text string) Edit {
	text = "\n" + string(hclwrite.Format([]byte(text)))
	if at > 0 && h.Source[at-1] != '\n' {
		text = "\n" + text
	}
	return Edit{File: h.File, Start: at, End: at, Text: text, Apart: true}
}

// RemoveBlock removes a block with its line.
func (h *HCL) RemoveBlock(b *hclsyntax.Block) Edit {
	start, _ := h.Range(b.TypeRange)
	_, end := h.Range(b.CloseBraceRange)
	return Edit{File: h.File, Start: lineStart(h.Source, start), End: lineEnd(h.Source, end)}
}

// RemoveArgument removes an argument, with its lines if nothing else stands in them.
func (h *HCL) RemoveArgument(a *hclsyntax.Attribute) Edit {
	start, end := h.Range(a.SrcRange)
	from, to := lineStart(h.Source, start), lineEnd(h.Source, end)
	if end > 0 && h.Source[end-1] == '\n' { // a heredoc
		to = end
	}
	if strings.TrimSpace(string(h.Source[from:start])) == "" && strings.TrimSpace(withoutComment(h.Source[min(end, to):to])) == "" {
		start, end = from, to
	}
	return Edit{File: h.File, Start: start, End: end}
}
