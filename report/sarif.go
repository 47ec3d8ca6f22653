package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// The limits of GitHub code scanning (its documentation, "SARIF support for code scanning").
const (
	sarifResults         = 25_000 // in a run; GitHub shows 5,000 of them
	sarifFullDescription = 1024   // characters
)

// sarifRun is the part of a run that iblint writes, with the names of the standard (OASIS,
// "Static Analysis Results Interchange Format Version 2.1.0").
type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	AutomationDetails sarifID           `json:"automationDetails"`
	Invocations       []sarifInvocation `json:"invocations"`
	Properties        map[string]any    `json:"properties"`
}

type sarifDriver struct {
	Name            string      `json:"name"`
	Version         string      `json:"version"`
	SemanticVersion string      `json:"semanticVersion,omitempty"`
	InformationURI  string      `json:"informationUri"`
	Rules           []sarifRule `json:"rules"`
}

type sarifID struct {
	ID string `json:"id"`
}

type sarifInvocation struct {
	ExecutionSuccessful        bool                `json:"executionSuccessful"`
	EndTimeUTC                 string              `json:"endTimeUtc,omitempty"`
	ToolExecutionNotifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Message sarifMessage `json:"message"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifRule struct {
	ID                   string         `json:"id"`
	ShortDescription     sarifMessage   `json:"shortDescription"`
	FullDescription      sarifMessage   `json:"fullDescription"`
	Help                 sarifMessage   `json:"help"`
	HelpURI              string         `json:"helpUri,omitempty"`
	DefaultConfiguration sarifLevel     `json:"defaultConfiguration"`
	Properties           map[string]any `json:"properties"`
}

type sarifLevel struct {
	Level string `json:"level"`
}

type sarifResult struct {
	RuleID              string             `json:"ruleId"`
	RuleIndex           int                `json:"ruleIndex"`
	Level               string             `json:"level"`
	Message             sarifMessage       `json:"message"`
	Locations           []sarifLocation    `json:"locations"`
	PartialFingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
	Properties          map[string]any     `json:"properties"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	LogicalLocations []sarifLogicalLocation `json:"logicalLocations"`
	PhysicalLocation *sarifPhysicalLocation `json:"physicalLocation,omitempty"`
}

type sarifLogicalLocation struct {
	Name               string `json:"name"`
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

type sarifPhysicalLocation struct {
	ArtifactLocation struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	} `json:"region"`
}

// writeSARIF writes the report in SARIF 2.1.0 for GitHub code scanning: one run, a rule for each
// check, and a result for each problem, most severe first. A suppressed finding is a result with
// a suppression. GitHub opens an alert for every result, so passes and skips are in the totals only.
func writeSARIF(out io.Writer, r checks.Result, o Options) error {
	var run sarifRun
	driver := &run.Tool.Driver
	driver.Name, driver.InformationURI, driver.Rules = "iblint", "https://github.com/iblint/iblint", []sarifRule{}
	driver.Version = strings.TrimPrefix(r.Version, "v")
	if semantic().MatchString(driver.Version) {
		driver.SemanticVersion = driver.Version
	}
	index := map[string]int{}
	for i, c := range r.Checks {
		index[c.ID] = i
		driver.Rules = append(driver.Rules, sarifRuleOf(c))
	}
	run.AutomationDetails.ID = sarifCategory(r)
	run.Properties = map[string]any{"summary": r.Summary}

	list, more := mostSevere(r, sarifResults, func(f checks.Finding) bool { return isProblem(f) || f.Suppressed() },
		func(f checks.Finding) sarifResult { return sarifResultOf(f, index[f.Check.ID], o.inRepository(f)) })
	// GitHub rejects the upload of an unsuccessful execution. Unknown findings are results, and
	// the exit code reports them.
	invocation := sarifInvocation{ExecutionSuccessful: true}
	if at := r.Inventory.ReadAt; !at.IsZero() {
		invocation.EndTimeUTC = at.UTC().Format(time.RFC3339)
	}
	if more > 0 {
		text := fmt.Sprintf("%d results were omitted: GitHub accepts at most %d in a run, so only the most severe are included", more, sarifResults)
		invocation.ToolExecutionNotifications = []sarifNotification{{sarifMessage{Text: text}}}
	}
	run.Invocations = []sarifInvocation{invocation}

	// The results are written one at a time, as the last member of the only run, so that they
	// are never encoded as a whole.
	var whole bytes.Buffer
	e := json.NewEncoder(&whole)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(run); err != nil {
		return err
	}
	w := newJSONWriter(out)
	w.text("{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    ")
	w.text(escape.JSON(strings.TrimSuffix(whole.String(), "\n    }\n")))
	w.text(",\n      \"results\": [")
	seen := map[string]int{}
	for i, result := range list {
		if i > 0 {
			w.text(",")
		}
		// Findings may share a fingerprint. A number distinguishes them.
		fingerprint := result.PartialFingerprints[lineHash]
		seen[fingerprint]++
		result.PartialFingerprints[lineHash] = fmt.Sprintf("%s:%d", fingerprint, seen[fingerprint])
		w.text("\n        ")
		w.value(result, "        ")
	}
	if len(list) > 0 {
		w.text("\n      ")
	}
	w.text("]\n    }\n  ]\n}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// lineHash is the only fingerprint that GitHub uses.
const lineHash = "primaryLocationLineHash"

var semantic = lazyregexp.New(`^\d+\.\d+\.\d+`)

// sarifCategory is the category of the upload. GitHub replaces the alerts of earlier uploads with
// the same category, so a run with one owner has a category of its own.
func sarifCategory(r checks.Result) string {
	if owners := r.Inventory.Owners; len(owners) == 1 && owners[0].Account != "" {
		return "iblint/" + owners[0].Account + "/"
	}
	return "iblint/"
}

func sarifRuleOf(c checks.Check) sarifRule {
	var help strings.Builder
	help.WriteString(c.Doc + "\n")
	for _, verdict := range c.Cases {
		fmt.Fprintf(&help, "\n- %s: %s", verdict.Status, verdict.When)
	}
	help.WriteString("\n")
	for _, link := range c.Links {
		help.WriteString("\n- " + link)
	}
	description := c.Doc
	if runes := []rune(description); len(runes) > sarifFullDescription {
		description = string(runes[:sarifFullDescription-1]) + "…"
	}
	rule := sarifRule{
		ID:                   c.ID,
		ShortDescription:     sarifMessage{Text: c.Title},
		FullDescription:      sarifMessage{Text: cmp.Or(description, c.Title)},
		Help:                 sarifMessage{Text: help.String(), Markdown: help.String()},
		DefaultConfiguration: sarifLevel{"error"},
		// A missing prerequisite is not a vulnerability, so it has a problem.severity and no
		// "security-severity".
		Properties: map[string]any{
			"tags":      []string{"aws", "image-builder", string(c.Kind)},
			"precision": "very-high", "problem.severity": problemSeverity[c.Severity],
		},
	}
	if len(c.Links) > 0 {
		rule.HelpURI = c.Links[0]
	}
	return rule
}

// problemSeverity is GitHub's word for each severity.
var problemSeverity = map[checks.Severity]string{checks.High: "error", checks.Medium: "warning", checks.Low: "recommendation"}

func sarifResultOf(f checks.Finding, rule int, at Location) sarifResult {
	text := escape.Visible(f.Message)
	if f.Suppression != nil && f.Suppression.Expired {
		text += "; " + escape.Visible(wording.Suppression(*f.Suppression))
	}
	if fix := f.Fix(); fix != nil {
		text += "\nFix: " + escape.Visible(fix.Summary)
	}
	result := sarifResult{
		RuleID: f.Check.ID, RuleIndex: rule, Level: "warning", Message: sarifMessage{Text: unlinked(text)},
		PartialFingerprints: map[string]string{lineHash: f.Fingerprint()},
		Properties:          map[string]any{"status": f.Status, "subject": f.Subject},
	}
	if f.Status == checks.Fail {
		result.Level = "error"
	}
	if f.Suppressed() {
		result.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: unlinked(escape.Visible(wording.Suppression(*f.Suppression)))}}
	}
	location := sarifLocation{LogicalLocations: []sarifLogicalLocation{{Name: f.Subject.Name, FullyQualifiedName: subjectName(f.Subject), Kind: "resource"}}}
	if at.File != "" {
		physical := &sarifPhysicalLocation{}
		physical.ArtifactLocation.URI = (&url.URL{Path: at.File}).String()
		physical.Region.StartLine, physical.Region.EndLine = at.Line, at.Line
		physical.Region.StartColumn, physical.Region.EndColumn = max(at.Column, 1), max(at.Column, 1)+1
		location.PhysicalLocation = physical
	}
	result.Locations = []sarifLocation{location}
	return result
}

// unlinked breaks the links that plain text messages may contain in SARIF (section 3.11.6):
// text from the checked accounts must not link anywhere.
func unlinked(text string) string { return strings.ReplaceAll(text, "](", "] (") }
