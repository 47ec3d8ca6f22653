package report

import (
	"bufio"
	"cmp"
	"io"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// ocsfVersion is the released version of the schema that the events follow
// (schema.ocsf.io): the first version with compliance.checks.
const ocsfVersion = "1.5.0"

// The parts of a Compliance Finding that iblint writes, with the names of the schema.
type (
	ocsfFinding struct {
		ActivityID   int              `json:"activity_id"`
		ActivityName string           `json:"activity_name"`
		CategoryUID  int              `json:"category_uid"`
		CategoryName string           `json:"category_name"`
		ClassUID     int              `json:"class_uid"`
		ClassName    string           `json:"class_name"`
		TypeUID      int              `json:"type_uid"`
		TypeName     string           `json:"type_name"`
		SeverityID   int              `json:"severity_id"`
		Severity     string           `json:"severity"`
		Time         int64            `json:"time"`
		StatusID     int              `json:"status_id,omitempty"` // set only if suppressed
		Status       string           `json:"status,omitempty"`
		Comment      string           `json:"comment,omitempty"`
		Message      string           `json:"message"`
		Metadata     ocsfMetadata     `json:"metadata"`
		FindingInfo  ocsfInfo         `json:"finding_info"`
		Compliance   ocsfCompliance   `json:"compliance"`
		Cloud        ocsfCloud        `json:"cloud"`
		Resources    []ocsfResource   `json:"resources"`
		Remediation  *ocsfRemediation `json:"remediation,omitempty"`
	}
	ocsfMetadata struct {
		Version   string      `json:"version"`
		Profiles  []string    `json:"profiles"`
		Product   ocsfProduct `json:"product"`
		EventCode string      `json:"event_code"`
	}
	ocsfProduct struct {
		Name       string `json:"name"`
		VendorName string `json:"vendor_name"`
		Version    string `json:"version"`
	}
	ocsfInfo struct {
		UID   string `json:"uid"`
		Title string `json:"title"`
		Desc  string `json:"desc"`
	}
	ocsfCompliance struct {
		Control       string      `json:"control"`
		Standards     []string    `json:"standards"`
		Requirements  []string    `json:"requirements"`
		Checks        []ocsfCheck `json:"checks"`
		StatusID      int         `json:"status_id"`
		Status        string      `json:"status"`
		StatusDetails []string    `json:"status_details,omitempty"`
	}
	ocsfCheck struct {
		UID      string `json:"uid"`
		Name     string `json:"name"`
		Desc     string `json:"desc"`
		StatusID int    `json:"status_id"`
		Status   string `json:"status"`
	}
	ocsfCloud struct {
		Provider  string      `json:"provider"`
		Partition string      `json:"cloud_partition,omitempty"`
		Region    string      `json:"region,omitempty"`
		Account   ocsfAccount `json:"account"`
	}
	ocsfAccount struct {
		UID    string `json:"uid"`
		Name   string `json:"name,omitempty"`
		Type   string `json:"type"`
		TypeID int    `json:"type_id"`
	}
	ocsfResource struct {
		UID       string `json:"uid"`
		Name      string `json:"name"`
		Type      string `json:"type"`
		Region    string `json:"region,omitempty"`
		Partition string `json:"cloud_partition,omitempty"`
	}
	ocsfRemediation struct {
		Desc       string   `json:"desc"`
		References []string `json:"references,omitempty"`
	}
	// ocsfWord is a number of the schema with its caption.
	ocsfWord struct {
		id      int
		caption string
	}
)

// ocsfStatuses are the values of compliance.status_id for each status. In the schema, "Warning"
// is a check without a result because information is missing, so it means unknown. The schema
// has no value for warn and skip: they are 99, other, with iblint's own word.
var ocsfStatuses = map[checks.Status]ocsfWord{
	checks.Pass: {1, "Pass"}, checks.Unknown: {2, "Warning"}, checks.Fail: {3, "Fail"},
	checks.Warn: {99, string(checks.Warn)}, checks.Skip: {99, string(checks.Skip)},
}

var ocsfSeverities = map[checks.Severity]ocsfWord{checks.Low: {2, "Low"}, checks.Medium: {3, "Medium"}, checks.High: {4, "High"}}

// writeOCSF writes an OCSF Compliance Finding (class 2003) for each finding, one a line.
func writeOCSF(out io.Writer, r checks.Result, o Options) error {
	w := bufio.NewWriter(out)
	at := r.Inventory.ReadAt
	if at.IsZero() {
		at = o.Now
	}
	for f := range r.Findings() {
		event := ocsfOf(r, f)
		event.Time = at.UnixMilli()
		if err := writeJSONLine(w, event); err != nil {
			return err
		}
	}
	return w.Flush()
}

func ocsfOf(r checks.Result, f checks.Finding) ocsfFinding {
	s, status := f.Subject, ocsfStatuses[f.Status]
	severity := ocsfWord{1, "Informational"}
	if f.Status != checks.Pass && f.Status != checks.Skip {
		severity = cmp.Or(ocsfSeverities[f.Check.Severity], severity)
	}
	name, message := escape.Visible(subjectName(s)), escape.Visible(f.Message)
	event := ocsfFinding{
		ActivityID: 1, ActivityName: "Create", CategoryUID: 2, CategoryName: "Findings", ClassUID: 2003, ClassName: "Compliance Finding",
		TypeUID: 200301, TypeName: "Compliance Finding: Create", SeverityID: severity.id, Severity: severity.caption, Message: message,
		Metadata:    ocsfMetadata{Version: ocsfVersion, Profiles: []string{"cloud"}, Product: ocsfProduct{"iblint", "iblint", r.Version}, EventCode: f.Check.ID},
		FindingInfo: ocsfInfo{UID: f.Fingerprint(), Title: f.Check.Title, Desc: message},
		Compliance: ocsfCompliance{
			Control: f.Check.ID, Standards: []string{"EC2 Image Builder lifecycle management prerequisites"}, Requirements: []string{f.Check.Title},
			Checks:   []ocsfCheck{{UID: f.Check.ID, Name: f.Check.Title, Desc: f.Check.Doc, StatusID: status.id, Status: status.caption}},
			StatusID: status.id, Status: status.caption,
		},
		Cloud: ocsfCloud{Provider: "AWS", Partition: s.Partition, Region: s.Region, Account: ocsfAccount{
			UID: s.Account, Name: escape.Visible(wording.AccountName(r.Inventory, s.Account)), Type: "AWS Account", TypeID: 10,
		}},
		Resources: []ocsfResource{{UID: name, Name: escape.Visible(s.Name), Type: s.Type, Region: s.Region, Partition: s.Partition}},
	}
	for _, e := range f.Evidence {
		event.Compliance.StatusDetails = append(event.Compliance.StatusDetails, escape.Visible(e))
	}
	if f.Suppression != nil {
		event.Comment = escape.Visible(wording.Suppression(*f.Suppression))
	}
	if f.Suppressed() {
		event.StatusID, event.Status = 3, "Suppressed"
	}
	if fix := f.Fix(); fix != nil {
		event.Remediation = &ocsfRemediation{escape.Visible(fix.Summary), slices.Clone(f.Check.Links)}
	}
	return event
}
