package lintcmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/fix"
)

// shapes are the forms of secrets. Each contains a mark that no other text contains, and n makes
// it unique.
var shapes = []struct {
	name string
	make func(n int) string
}{
	{"a word", func(n int) string { return fmt.Sprintf("zqxword%d", n) }},
	{"one letter with a slash", func(n int) string { return fmt.Sprintf("z/4%04d", n) }},
	{"in the form of a Region", func(n int) string { return "zqx" + strings.Repeat("q", 1+n%9) + "-prod-1" }},
	{"digits", func(n int) string { return fmt.Sprintf("8642000%04d", n) }},
	{"hexadecimal", func(n int) string { return fmt.Sprintf("deadbeef0%07x", n) }},
	{"a date", func(n int) string { return fmt.Sprintf("1789-%02d-%02d", 1+n%12, 1+n/12%28) }},
	{"a host of AWS's", func(n int) string { return fmt.Sprintf("zqx%d.amazonaws.com", n) }},
	{"not ASCII", func(n int) string { return fmt.Sprintf("üé漢%d", n) }},
	{"an ARN", func(n int) string { return fmt.Sprintf("arn:aws:iam::9753100%05d:role/zqx/arn%d", n, n) }},
	{"an account ID", func(n int) string { return fmt.Sprintf("9753100%05d", n) }},
	{"an IP address", func(n int) string { return fmt.Sprintf("11.97.%d.%d", n/250%250, n%250) }},
	{"a range of IP addresses", func(n int) string { return fmt.Sprintf("11.97.%d.0/24", n%250) }},
	{"the ID of a VPC", func(n int) string { return fmt.Sprintf("vpc-0badc0de%08x", n) }},
	{"with a space", func(n int) string { return fmt.Sprintf("zqx zqy %d", n) }},
	{"as long as several lines", func(n int) string { return fmt.Sprintf("zqx%d", n) + strings.Repeat(" zqylongword", 8) }},
	{"with another space", func(n int) string { return fmt.Sprintf("zqx\u00a0zqy\u3000%d", n) }},
	{"two characters", func(n int) string { return fmt.Sprintf("z%d", n%10) }},
}

// Paths where only some shapes are valid.
const accountShape, regionShape, arnShape = 9, 2, 8

// otherCharacters are the shapes with characters that names of roles do not have.
var otherCharacters = []int{7, 13, 14, 15}

var repositoryShapes = []int{0, 1, 2, 3, 4, 5, 6, 9, 10, 11, 12}

// marks match secrets of any shape and in any quoting, and no other text.
var marks = []string{
	"zqx", "zqy", "z/4", "8642000", "deadbeef0", "1789-", "üé", `\u00fc`, `\xc3\xbc`, "%c3%bc", "&#252;", `\303\274`, "9753100", "11.97.", "badc0de",
}

var twoCharacters = regexp.MustCompile(`\bz[0-9]\b`)

// found returns the secrets in a text with their surroundings.
func found(text string) (all []string) {
	low := strings.ToLower(text)
	for _, mark := range marks {
		if i := strings.Index(low, mark); i >= 0 {
			all = append(all, low[max(0, i-60):min(len(low), i+80)])
		}
	}
	if at := twoCharacters.FindStringIndex(low); at != nil {
		all = append(all, low[max(0, at[0]-60):min(len(low), at[1]+80)])
	}
	return all
}

// exempt are paths of values that cannot be replaced in a valid input. All other values may be
// secrets.
var exempt = regexp.MustCompile(strings.Join([]string{
	`^/schemaVersion$`,                       // another one is refused
	`/unread/reason$`,                        // the set is closed
	`^/sourceAccountMeans$`,                  // one of three
	`/partition$`,                            // has a form of its own, which no secret's has
	`^/resourceType$`,                        // of a planned lifecycle policy: one of two
	`^/suppressions/[0-9]+/(check|expires)$`, // a check's ID, and a day
}, "|"))

// neverSecret are paths of files where a secret makes the file invalid.
var neverSecret = regexp.MustCompile(`/(Version|Principal|fingerprint|Effect|Action|DefaultVersionId|LastUsedDate|units/[0-9]+)$|/Condition/\(key\)$`)

// planter replaces strings by secrets, and records them.
type planter struct {
	group, groups int  // which of the spots
	same          bool // the same text becomes the same secret
	valid         bool // leave out the paths where any secret makes the file invalid
	turn          int  // of the shapes
	spots         int
	planted       int
	paths         map[string]map[int]bool // shapes by path
	n             *int
	by            map[string]string
}

var (
	// ofAWS matches ARNs of resources that belong to AWS.
	ofAWS       = regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::aws:policy/`)
	instant     = regexp.MustCompile(`^[0-9-]{10}T[0-9:.]+(Z|\+00:00)$`) // times are no text
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	index       = regexp.MustCompile(`/[0-9]+(/|$)`)
)

// plant returns the replacement for the string at a path.
func (p *planter) plant(path, original string) string {
	if exempt.MatchString(path) || original == "" || ofAWS.MatchString(original) || instant.MatchString(original) && !strings.Contains(path, "{}") {
		return original
	}
	if p.valid && neverSecret.MatchString(path) {
		return original
	}
	p.spots++
	if p.same {
		if secret, ok := p.by[original]; ok {
			return secret
		}
	}
	if p.spots%p.groups != p.group {
		return original
	}
	*p.n++
	shape := (p.spots/p.groups + p.group*5 + p.turn) % len(shapes)
	within := ""
	switch {
	case strings.Contains(path, "{}") && !p.same: // a policy may hold anything anywhere
	case accountForm.MatchString(original):
		shape = accountShape
	case account.IsRegion(original):
		shape = regionShape
	case strings.HasPrefix(original, "arn:") && shape != arnShape:
		within = original[:strings.LastIndexAny(original, "/:")+1]
	case strings.HasSuffix(path, "/path"), strings.HasSuffix(path, "/Path"):
		within = "/"
	}
	plainly := p.same || strings.Contains(path, "xecutionRole") || strings.HasSuffix(path, "/RoleName") || strings.HasPrefix(path, "/RoleDetailList") && strings.HasSuffix(path, "/Arn")
	if plainly && slices.Contains(otherCharacters, shape) || strings.Contains(path, "/repositories/") && !slices.Contains(repositoryShapes, shape) {
		shape = 0
	}
	secret := within + shapes[shape].make(*p.n)
	if within == "/" {
		secret += "/"
	}
	key := index.ReplaceAllString(index.ReplaceAllString(path, "/#$1"), "/#$1")
	if p.paths[key] == nil {
		p.paths[key] = map[int]bool{}
	}
	p.paths[key][shape] = true
	p.planted++
	if p.same {
		p.by[original] = secret
	}
	return secret
}

// walk replaces all strings of decoded JSON, including documents in strings, and keys that no
// type defines.
func (p *planter) walk(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if defined[key] {
				out[key] = p.walk(path+"/"+key, v[key])
				continue
			}
			out[p.plant(path+"/(key)", key)] = p.walk(path+"/*", v[key])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = p.walk(fmt.Sprintf("%s/%d", path, i), item)
		}
		return out
	case string:
		var document any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &document) == nil {
			data, _ := json.Marshal(p.walk(path+"{}", document))
			return string(data)
		}
		return p.plant(path, v)
	}
	return v
}

// defined are the keys of inventories, policies and input files of the AWS CLI.
var defined = func() map[string]bool {
	all := map[string]bool{"schemaVersion": true}
	for _, key := range strings.Fields(`Version Id Statement Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition AWS Service
		RoleDetailList UserDetailList GroupDetailList Policies Path RoleName Arn AssumeRolePolicyDocument RolePolicyList PolicyName PolicyDocument
		AttachedManagedPolicies PolicyArn PermissionsBoundary PermissionsBoundaryArn Tags Key Value DefaultVersionId PolicyVersionList VersionId
		IsDefaultVersion Document RoleLastUsed LastUsedDate Region policyDetails type includeResources exclusionRules sharedAccounts resourceSelection
		semanticVersion tagMap distributions amiDistributionConfiguration targetAccountIds launchPermission userIds userGroups organizationArns
		containerDistributionConfiguration targetRepository repositoryName roleName externalId sessionName units exclude suppressions check subject
		owner expires profile role GroupDetailList RoleId Marker tags clientToken lastLaunched description amiTags organizationalUnitArns fingerprint
		reason filter unit value action`) {
		all[key] = true
	}
	seen := map[reflect.Type]bool{}
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		if form, ok := reflect.Zero(t).Interface().(interface{ JSONSchemaAlias() any }); ok {
			t = reflect.TypeOf(form.JSONSchemaAlias())
		}
		if seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			add(t.Elem())
		case reflect.Struct:
			for field := range t.Fields() {
				if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
					all[name] = true
					add(field.Type)
				}
			}
		}
	}
	add(reflect.TypeFor[account.Inventory]())
	return all
}()

// redactedRuns counts calls of redactedRun, so that each has other formats.
var redactedRuns int

// redactedRun runs iblint check --redact with the text format, the formats that name files and two others in
// turn. It returns everything that the run wrote.
func redactedRun(t *testing.T, args ...string) (code int, texts map[string]string) {
	t.Helper()
	var out, errs bytes.Buffer
	formats := []string{"github", "sarif", "codequality"}
	others := slices.DeleteFunc(report.Names(), func(name string) bool { return name == "text" || slices.Contains(formats, name) })
	for i, name := range others {
		if whole || i/2 == redactedRuns%((len(others)+1)/2) {
			formats = append(formats, name)
		}
	}
	redactedRuns++
	all := append([]string{"check", "--redact"}, args...)
	for _, name := range formats {
		all = append(all, "--format", name, "--output", filepath.Join("out", name))
	}
	all = append(all, "--format", "text")
	summary := filepath.Join("out", "summary")
	_ = os.RemoveAll("out")
	if err := os.Mkdir("out", 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", summary)
	code = Run(all, strings.NewReader(""), &out, &errs)
	texts = map[string]string{"standard output": out.String(), "standard error": errs.String()}
	for _, name := range append(formats, "summary") {
		if data, err := os.ReadFile(filepath.Join("out", name)); err == nil {
			texts[name] = string(data)
		}
	}
	return code, texts
}

// noSecret reports an error for each text with a secret.
func noSecret(t *testing.T, of string, texts map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		for _, around := range found(texts[name]) {
			t.Errorf("%s: %s has %q", of, name, around)
		}
	}
}

// written returns the redacted recording of an inventory, the whole of its text report, what explain
// finds of it in the last report, and its fixes in each dialect.
func written(t *testing.T, inv *account.Inventory) map[string]string {
	t.Helper()
	result, redactor, err := redacted(checks.Run(inv, lifecycle.All()), nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := redactor.Inventory(inv)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := recorded.Write(&b, other); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{"recording": b.String()}
	text, err := report.Lookup("text")
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if err := text(&b, result, report.Options{TextOptions: report.TextOptions{Details: true, Show: checks.Statuses}}); err != nil {
		t.Fatal(err)
	}
	texts["text of everything"] = b.String()
	b.Reset()
	if err := report.WriteProblems(&b, result, report.Options{}); err != nil {
		t.Fatal(err)
	}
	texts["last report"] = b.String()
	for _, dialect := range fix.Dialects() {
		b.Reset()
		if err := fix.Write(&b, result, dialect, true); err != nil {
			t.Fatal(err)
		}
		texts["remediation as "+dialect] = b.String()
	}
	return texts
}

// sorted sorts the accounts of an organization, as a valid recording requires.
func sorted(v any) any {
	if o, ok := v.(map[string]any)["organization"].(map[string]any); ok {
		if members, ok := o["members"].(map[string]any); ok {
			slices.SortFunc(members["items"].([]any), func(a, b any) int {
				return strings.Compare(a.(map[string]any)["account"].(string), b.(map[string]any)["account"].(string))
			})
		}
	}
	return v
}

// decoded returns the decoded content of a JSON file.
func decoded(t *testing.T, file string) any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// writeJSON writes JSON to a file, and returns its content.
func writeJSON(t *testing.T, file string, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o777)
	}
	if err == nil {
		err = os.WriteFile(file, data, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// whole selects every shape at every path. .ci/measure sets it.
var whole = os.Getenv("IBLINT_EVERY_SECRET") != ""

// --redact removes secrets of every shape at every path of a recording from reports in all
// formats, from standard error, from recordings and from fixes.
func TestNoSecretOfARecordingSurvives(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	inputs := map[string]any{}
	for _, file := range append(files, "../../internal/redact/testdata/names.json") {
		inputs[filepath.Base(file)] = decoded(t, file)
	}
	t.Chdir(t.TempDir())
	const groups = 3
	turns, every := 1, 16
	if whole {
		turns, every = len(shapes), 1
	}
	planted, runs, refused := 0, 0, 0
	paths := map[string]map[int]bool{} // all are covered, and of the rest of the product a part
	for i, name := range slices.Sorted(maps.Keys(inputs)) {
		if testing.Short() && i > 0 || !whole && testrun.Thin() > 1 && i%4 > 0 {
			continue
		}
		for round := range 2 * groups * turns {
			p := &planter{group: round % groups, groups: groups, same: round/groups%2 == 1, turn: round / groups / 2, paths: map[string]map[int]bool{}, n: new(int), by: map[string]string{}}
			p.walk("", inputs[name]) // to see where it would plant
			covers := slices.ContainsFunc(slices.Collect(maps.Keys(p.paths)), func(path string) bool { return paths[path] == nil })
			if !covers && round%every != i%every {
				continue
			}
			p.spots, p.planted, p.paths, p.n, p.by = 0, 0, paths, new(int), map[string]string{}
			file := fmt.Sprintf("zqx-%d.json", round)
			data := writeJSON(t, file, sorted(p.walk("", inputs[name])))
			planted, runs = planted+p.planted, runs+1
			code, texts := redactedRun(t, "--recorded", file)
			of := fmt.Sprintf("%s, round %d", name, round)
			noSecret(t, of, texts)
			if code == exitUsage {
				refused++
				t.Log(of, texts["standard error"])
				continue
			}
			inv, err := recorded.Parse(file, data)
			if err != nil {
				t.Fatal(err)
			}
			noSecret(t, of, written(t, inv))
		}
	}
	used := map[int]int{}
	for _, shapes := range paths {
		for shape := range shapes {
			used[shape]++
		}
	}
	t.Logf("%d secrets at %d paths in %d runs, %d of them refused; paths by shape: %v", planted, len(paths), runs, refused, used)
	if refused*5 > runs {
		t.Errorf("%d of %d runs did not load what was planted in", refused, runs)
	}
	for i, shape := range shapes {
		if !testing.Short() && used[i] < 20 {
			t.Errorf("%s was planted at %d paths only", shape.name, used[i])
		}
	}
}

// otherInputs are files of all other kinds, by their position in the command line.
var otherInputs = map[string]string{
	"details": `{"Marker":"","UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/teams/ann"}],"GroupDetailList":[{"Arn":"arn:aws:iam::111122223333:group/teams/all"}],"RoleDetailList":[
{"Path":"/","RoleName":"Lifecycle","RoleId":"AROAEXAMPLEID","Arn":"arn:aws:iam::111122223333:role/Lifecycle","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[
 {"Sid":"Trust","Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com","AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]},
"RolePolicyList":[{"PolicyName":"inline","PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"arn:aws:ec2:eu-west-1::image/ami-1234","Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-11223344","aws:PrincipalTag/team":"core"}}}}}],
"AttachedManagedPolicies":[{"PolicyName":"own","PolicyArn":"arn:aws:iam::111122223333:policy/own"}],
"PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/boundary"},
"Tags":[{"Key":"team","Value":"core"}],"RoleLastUsed":{"LastUsedDate":"2026-10-01T00:00:00+00:00","Region":"eu-west-1"}}],
"Policies":[{"PolicyName":"own","Arn":"arn:aws:iam::111122223333:policy/own","Path":"/","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","IsDefaultVersion":true,"Document":{"Version":"2012-10-17","Statement":{"Sid":"Own","Effect":"Allow","Action":["ec2:DeregisterImage","s3:GetObject"],"Resource":"*"}}}]}]}`,
	"lifecycle policy": `{"name":"keep-five","description":"d","status":"ENABLED","executionRole":"Lifecycle","resourceType":"AMI_IMAGE",
"policyDetails":[{"action":{"type":"DELETE","includeResources":{"amis":true}},"filter":{"type":"COUNT","value":5},"exclusionRules":{"tagMap":{"keep":"yes"},"amis":{"regions":["us-east-1"],"sharedAccounts":["777788889999"],"tagMap":{"team":"core"},"lastLaunched":{"unit":"DAYS","value":3},"own":"o"}}}],
"tags":{"team":"core"},"clientToken":"token","own":"o","resourceSelection":{"recipes":[{"name":"web","semanticVersion":"1.x.x"}],"tagMap":{"team":"core"}}}`,
	"distribution": `{"name":"far","distributions":[{"region":"us-east-1","amiDistributionConfiguration":{"name":"n","description":"d","amiTags":{"team":"core"},"targetAccountIds":["222233334444"],"launchPermission":{"userIds":["777788889999"],"userGroups":["all"],"organizationalUnitArns":["arn:aws:organizations::999988887777:ou/o-abcdefghij/ou-ab12-cdefghij"],
"organizationArns":["arn:aws:organizations::999988887777:organization/o-abcdefghij"]}},"containerDistributionConfiguration":{"targetRepository":{"service":"ECR","repositoryName":"app/web"}}}]}`,
	"scp": `{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"Keep","Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"arn:aws:ec2:*::image/ami-1234","Condition":{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/teams/x-*"}}}]}`,
	"rcp": `{"Version":"2012-10-17","Statement":{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceOrgID":"o-abcdefghij"}}}}`,
	"configuration": `{"owners":[{"account":"111122223333","profile":"own","regions":["eu-west-1"],"executionRoles":["Lifecycle","Missing"],"destinations":[{"account":"222233334444","role":"arn:aws:iam::222233334444:role/teams/Audit","externalId":"f"}],"repositories":{"eu-west-1":["app/web"]}}],
"roleName":"Audit","externalId":"external","sessionName":"session","organization":{"accounts":["333344445555"],"exclude":["444455556666"],"units":["ou-ab12-cdefghij"],"regions":["eu-west-1"],"executionRoles":["Audit"]},
"suppressions":[{"check":"execution-role-exists","subject":"*Miss*","reason":"it goes away","owner":"the core team","expires":"2099-01-31"},{"check":"execution-role-trust","subject":"arn:aws:*:role/?ifecycle","reason":"r","owner":"o","expires":"2020-01-31"},{"check":"execution-role-policy","fingerprint":"0123456789abcdef0123456789abcdef","reason":"r","owner":"o","expires":"2099-01-31"}]}`,
}

// It also removes secrets in inputs of other kinds: authorization details, planned files,
// guardrails, the configuration, and the names of the files.
func TestNoSecretOfAnotherInputSurvives(t *testing.T) {
	t.Chdir(t.TempDir())
	loaded, runs := 0, 0
	for turn, shape := range shapes {
		if testing.Short() && turn > 0 {
			continue
		}
		files := map[string]string{}
		for i, kind := range slices.Sorted(maps.Keys(otherInputs)) {
			files[kind] = kind + ".json"
			if turn%2 == 0 { // in half of the runs the files have names, too
				files[kind] = filepath.Join(shape.make(900+i), shape.make(950+i)+".json")
			}
			var v any
			if err := json.Unmarshal([]byte(otherInputs[kind]), &v); err != nil {
				t.Fatal(err)
			}
			writeJSON(t, files[kind], v)
		}
		level := shape.make(990)
		if strings.Trim(level, "0123456789") == "" {
			level = "root" // digits would have to be an account ID
		}
		args := func() []string {
			return []string{
				"--config", files["configuration"], "--authorization-details", files["details"], "--lifecycle-policy", files["lifecycle policy"],
				"--distribution", files["distribution"], "--scp", level + "=" + files["scp"], "--rcp", "root=" + files["rcp"],
			}
		}
		for _, kind := range append([]string{""}, slices.Sorted(maps.Keys(otherInputs))...) {
			for group := range 2 {
				if kind == "" && group > 0 {
					continue
				}
				var v any
				if kind != "" {
					if err := json.Unmarshal([]byte(otherInputs[kind]), &v); err != nil {
						t.Fatal(err)
					}
					p := &planter{group: group, groups: 2, turn: turn, valid: turn%3 > 0, paths: map[string]map[int]bool{}, n: new(int), by: map[string]string{}}
					writeJSON(t, files[kind], p.walk("", v))
				}
				runs++
				code, texts := redactedRun(t, args()...)
				noSecret(t, fmt.Sprintf("%s, group %d, with %s", kind, group, shape.name), texts)
				if code != exitUsage {
					loaded++
				} else {
					t.Log(kind, shape.name, texts["standard error"])
				}
			}
			if kind != "" {
				var v any
				_ = json.Unmarshal([]byte(otherInputs[kind]), &v)
				writeJSON(t, files[kind], v)
			}
		}
	}
	if t.Logf("%d of %d runs loaded", loaded, runs); loaded*2 < runs {
		t.Errorf("only %d of %d runs loaded what was planted", loaded, runs)
	}
}

// It also removes values of flags, valid or not, and unexpected arguments.
func TestNoSecretOfAFlagSurvives(t *testing.T) {
	testrun.Long(t)
	fixture := decoded(t, "../../fixtures/demo.json")
	t.Chdir(t.TempDir())
	writeJSON(t, "demo.json", fixture)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", "none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
	for _, shape := range testrun.Some(shapes) {
		secret := shape.make(7)
		for _, args := range [][]string{
			{"--recorded", "demo.json", "--execution-role", secret}, {"--recorded", "demo.json", "--repository", secret},
			{"--recorded", "demo.json", "--repository", "eu-west-1/" + secret}, {"--recorded", "demo.json", "--region", secret},
			{"--recorded", "demo.json", "--destination", secret}, {"--recorded", "demo.json", "--owner", secret},
			{"--recorded", "demo.json", "--owner", "111122223333=" + secret}, {"--recorded", secret}, {"--authorization-details", secret},
			{"--recorded", "demo.json", "--scp", secret}, {"--recorded", "demo.json", "--rcp", "root=" + secret}, {"--recorded", "demo.json", "--config", secret},
			{"--recorded", "demo.json", "--only", secret}, {"--recorded", "demo.json", "--skip", secret}, {"--recorded", "demo.json", "--sarif-anchor", secret},
			{"--recorded", "demo.json", "--source-account-means", secret}, {"--recorded", "demo.json", "--timeout", secret},
			{"--recorded", "demo.json", "--lifecycle-policy", secret}, {"--recorded", "demo.json", "--distribution", secret},
			{"--recorded", "demo.json", "--fail-on", secret}, {"--recorded", "demo.json", "--" + secret}, {"--recorded", "demo.json", secret},
			{"--profile", secret}, {"--role-name", secret, "--external-id", secret, "--profile", "none"}, {"--session-name", secret, "--profile", "none"},
			{"--organization", "--ou", secret}, {"--organization", "--account", secret}, {"--organization", "--exclude", secret},
			{"--owner", "111122223333=" + secret, "--region", "eu-west-1"}, {"--destination", "222233334444=" + secret, "--region", "eu-west-1"},
			{"--recorded", "demo.json", "--format", secret}, {"--recorded", "demo.json", "--wait", secret}, {"--concurrency", secret},
		} {
			_, texts := redactedRun(t, args...)
			noSecret(t, strings.Join(args, " "), texts)
		}
	}
}

// A live run is redacted like a recording, including its messages.
func TestNoSecretOfALiveAccountSurvives(t *testing.T) {
	testrun.Long(t)
	fixture := decoded(t, "../../fixtures/discovery.json")
	t.Chdir(t.TempDir())
	t.Setenv("AWS_ACCESS_KEY_ID", fakeaws.Key("111122223333"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_CONFIG_FILE", "none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
	for turn := range shapes {
		p := &planter{group: turn % 5, groups: 5, turn: turn, paths: map[string]map[int]bool{}, n: new(int), by: map[string]string{}}
		data := writeJSON(t, "planted.json", p.walk("", fixture))
		inv, err := recorded.Parse("planted.json", data)
		if err != nil {
			t.Log(err)
			continue
		}
		server := fakeaws.Start(inv, fakeaws.Options{PageSize: 2})
		t.Setenv("AWS_ENDPOINT_URL", server.URL)
		t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
		writeJSON(t, "anchor.json", 1)
		_, texts := redactedRun(t, "--region", "eu-west-1", "--sarif-anchor", "anchor.json", "--role-name", "zqxAudit", "--session-name", "zqx-session")
		noSecret(t, fmt.Sprintf("check, turn %d", turn), texts)
		var out, errs bytes.Buffer
		Run([]string{"snapshot", "--redact", "--region", "eu-west-1", "--role-name", "zqxAudit", "-o", "-"}, strings.NewReader(""), &out, &errs)
		noSecret(t, fmt.Sprintf("snapshot, turn %d", turn), map[string]string{"recording": out.String(), "standard error": errs.String()})
		server.Close()
	}
}
