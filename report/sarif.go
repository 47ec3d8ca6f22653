package report

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/iblint/iblint/checks"
)

// What GitHub code scanning takes (its documentation, "SARIF support for code
// scanning"): so many results in a run, of which it shows 5,000.
const (
	sarifResults         = 25_000
	sarifFullDescription = 1024 // characters
)

// writeSARIF writes the report in SARIF 2.1.0 for GitHub code scanning: one run, a
// rule a check, and a result for each finding that asks for something, worst first.
// What is suppressed is a result with a suppression. GitHub opens an alert for every
// result, so what passes or is skipped is in the totals only.
func writeSARIF(out io.Writer, r checks.Result, o Options) error {
	run := sarif.NewRunWithInformationURI("iblint", "https://github.com/iblint/iblint")
	driver := run.Tool.Driver
	driver.Version = new(strings.TrimPrefix(r.Version, "v"))
	if semantic.MatchString(*driver.Version) {
		driver.SemanticVersion = driver.Version
	}
	index := map[string]int{}
	for i, c := range r.Checks {
		index[c.ID] = i
		driver.Rules = append(driver.Rules, sarifRule(c))
	}
	run.AutomationDetails = sarif.NewRunAutomationDetails().WithID(sarifCategory(r))
	run.Properties = sarif.NewPropertyBag().Add("summary", r.Summary)

	list, more := worst(r, sarifResults, func(f checks.Finding) bool { return toLookAt(f) || f.Suppressed() },
		func(f checks.Finding) *sarif.Result {
			return sarifResult(f, o.place(f.Subject)).WithRuleIndex(index[f.Check.ID])
		})
	// GitHub refuses the upload of an execution that says it was unsuccessful; what is
	// unknown is a result, and the exit code tells of it.
	invocation := sarif.NewInvocation().WithExecutionSuccessful(true)
	if at := r.Inventory.ReadAt; !at.IsZero() {
		invocation.WithEndTimeUtc(at.UTC().Format(time.RFC3339))
	}
	if more > 0 {
		invocation.AddToolExecutionNotification(sarif.NewNotification().WithMessage(
			sarif.NewTextMessage(fmt.Sprintf("%d more results are left out: GitHub takes %d, and these are the worst", more, sarifResults))))
	}
	run.AddInvocation(invocation)

	log := sarif.NewReport().AddRun(run)
	log.Schema = "https://json.schemastore.org/sarif-2.1.0.json"
	var text bytes.Buffer
	if err := log.PrettyWrite(&text); err != nil {
		return err
	}
	w := &jsonWriter{out: bufio.NewWriter(out)}
	before, behind, _ := strings.Cut(InertJSON(text.String()), noResults)
	w.text(before)
	w.text(`"results": [`)
	seen := map[string]int{}
	for i, result := range list {
		if i > 0 {
			w.text(",")
		}
		// One finding may have the fingerprint of another: those are told apart by number.
		fingerprint := result.PartialFingerprints[lineHash]
		seen[fingerprint]++
		result.AddPartialFingerprint(lineHash, fmt.Sprintf("%s:%d", fingerprint, seen[fingerprint]))
		w.text("\n        ")
		w.value(result, "        ")
	}
	w.text("]" + behind + "\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// lineHash is the only fingerprint that GitHub looks at.
const lineHash = "primaryLocationLineHash"

// noResults is where the results stand in a log without any: they are written one by
// one, and never held as a whole. Inside a text the quotes would be escaped.
const noResults = `"results": []`

var semantic = regexp.MustCompile(`^\d+\.\d+\.\d+`)

// sarifCategory tells GitHub which alerts of earlier uploads these take the place
// of: those of the same owner, where there is one.
func sarifCategory(r checks.Result) string {
	if owners := r.Inventory.Owners; len(owners) == 1 && owners[0].Account != "" {
		return "iblint/" + owners[0].Account + "/"
	}
	return "iblint/"
}

func sarifRule(c checks.Check) *sarif.ReportingDescriptor {
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
	rule := sarif.NewRule(c.ID).
		WithShortDescription(sarif.NewMultiformatMessageString().WithText(c.Title)).
		WithFullDescription(sarif.NewMultiformatMessageString().WithText(cmp.Or(description, c.Title))).
		WithHelp(sarif.NewMultiformatMessageString().WithText(help.String()).WithMarkdown(help.String())).
		WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(sarif.LevelError)).
		// A prerequisite that is missing is a fault, and no vulnerability: it has a
		// severity, and no "security-severity", which would sort it among those.
		WithProperties(sarif.NewPropertyBag().WithTags([]string{"aws", "image-builder", string(c.Kind)}).
			Add("precision", "very-high").Add("problem.severity", problemSeverity[c.Severity]))
	if len(c.Links) > 0 {
		rule.WithHelpURI(c.Links[0])
	}
	return rule
}

// problemSeverity is the severity in GitHub's words.
var problemSeverity = map[checks.Severity]string{checks.High: "error", checks.Medium: "warning", checks.Low: "recommendation"}

func sarifResult(f checks.Finding, at Place) *sarif.Result {
	text := visible(f.Message)
	if f.Suppression != nil && f.Suppression.Expired {
		text += "; " + visible(suppression(*f.Suppression))
	}
	if fix := f.Remediation(); fix != nil {
		text += "\nFix: " + visible(fix.Summary)
	}
	level := sarif.LevelWarning
	if f.Status == checks.Fail {
		level = sarif.LevelError
	}
	result := sarif.NewRuleResult(f.Check.ID).WithLevel(level).WithMessage(sarif.NewTextMessage(unlinked(text))).
		WithPartialFingerprints(map[string]string{lineHash: f.Fingerprint()}).
		WithProperties(sarif.NewPropertyBag().Add("status", f.Status).Add("subject", f.Subject))
	if f.Suppressed() {
		result.AddSuppression(sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(unlinked(visible(suppression(*f.Suppression)))))
	}
	location := sarif.NewLocation().AddLogicalLocation(sarif.NewLogicalLocation().
		WithFullyQualifiedName(subjectName(f.Subject)).WithName(f.Subject.Name).WithKind("resource"))
	if at.File != "" {
		region := sarif.NewRegion().WithStartLine(at.Line).WithStartColumn(1).WithEndLine(at.Line).WithEndColumn(2)
		location.WithPhysicalLocation(sarif.NewPhysicalLocation().
			WithArtifactLocation(sarif.NewArtifactLocation().WithURI((&url.URL{Path: at.File}).String())).WithRegion(region))
	}
	return result.AddLocation(location)
}

// unlinked is text without links, which plain messages may have in SARIF (section
// 3.11.6): no text from outside takes the reader anywhere.
func unlinked(text string) string { return strings.ReplaceAll(text, "](", "] (") }
