package report

import (
	"fmt"
	"strings"
)

// markdownTable is a folded table.
type markdownTable struct {
	heading string
	columns []string
	rows    int
	row     func(int) string
}

func (t markdownTable) head() string {
	return fmt.Sprintf("\n<details><summary>%s</summary>\n\n| %s |\n|%s\n", t.heading, strings.Join(t.columns, " | "), strings.Repeat(" --- |", len(t.columns)))
}

const markdownTableEnd = "\n</details>\n"

// markdownCells is a row of a table.
func markdownCells(cells ...string) string {
	for i := range cells {
		cells[i] = markdown(cells[i])
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// addTable writes as many rows of a table as have room, and returns how many they are.
func (m *markdownReport) addTable(t markdownTable) (n int) {
	left := m.room - m.size(t.head()+markdownTableEnd)
	var rows strings.Builder
	for ; n < t.rows; n++ {
		row := inert(t.row(n))
		if left -= m.size(row); left < 0 {
			break
		}
		rows.WriteString(row)
	}
	if n > 0 {
		m.add(t.head() + rows.String() + markdownTableEnd)
	}
	return n
}
