package edit

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
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
		return []Edit{{File: h.File, Start: open, End: open, Text: "\n" + indent}, {File: h.File, Start: end, End: end, Text: "\n" + line + outer}}
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
	text = "\n" + text
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

// Tidy formats the blocks that differ between two versions of a file in HCL as terraform fmt does,
// if they were formatted so before. Blocks that are new are formatted, too.
func Tidy(before, after []byte) []byte {
	was, ok := blocks(before)
	now, still := blocks(after)
	if !ok || !still {
		return after
	}
	var out bytes.Buffer
	at := 0
	for _, b := range sorted(now) {
		old, had := was[b.key]
		if had && (old.text == b.text || !formatted(old.text)) {
			continue
		}
		out.Write(after[at:b.start])
		out.Write(hclwrite.Format([]byte(b.text)))
		at = b.end
	}
	out.Write(after[at:])
	return out.Bytes()
}

// formatted reports whether a text is as terraform fmt writes it.
func formatted(text string) bool { return string(hclwrite.Format([]byte(text))) == text }

type blockText struct {
	key        string
	text       string
	start, end int
}

// blocks are the blocks of a file in order, by type and labels. Blocks with the same key are
// numbered.
func blocks(source []byte) (map[string]blockText, bool) {
	offset := 0
	if bytes.HasPrefix(source, []byte("\xEF\xBB\xBF")) {
		offset = 3
	}
	file, diags := hclsyntax.ParseConfig(source[offset:], "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, false
	}
	all := map[string]blockText{}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		key := b.Type + " " + strings.Join(b.Labels, " ")
		for {
			if _, used := all[key]; !used {
				break
			}
			key += " again"
		}
		start, end := b.TypeRange.Start.Byte+offset, b.CloseBraceRange.End.Byte+offset
		all[key] = blockText{key, string(source[start:end]), start, end}
	}
	return all, true
}

// sorted are blocks in the order of the file.
func sorted(all map[string]blockText) []blockText {
	return slices.SortedFunc(maps.Values(all), func(a, b blockText) int { return cmp.Compare(a.start, b.start) })
}
