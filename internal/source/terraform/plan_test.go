package terraform_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/source/terraform"
	"github.com/iblint/iblint/internal/testrun"
)

// readPlan returns what a plan declares.
func readPlan(t *testing.T, data string) declared.Code {
	t.Helper()
	parsed, err := terraform.ParsePlan("plan.json", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return terraform.Plan{Path: "plan.json", Account: "111122223333", Region: "eu-west-1", Parsed: parsed}.Read()
}

type object = map[string]any

// change is a member of resource_changes. The attributes in unknown are known after apply.
func change(address, actions string, before, after object, unknown ...string) object {
	open := object{}
	for _, name := range unknown {
		open[name] = true
	}
	own := address
	for strings.HasPrefix(own, "module.") {
		own = strings.SplitN(own, ".", 3)[2]
	}
	mode := "managed"
	if rest, ok := strings.CutPrefix(own, "data."); ok {
		own, mode = rest, "data"
	}
	kind, name, _ := strings.Cut(own, ".")
	name, _, _ = strings.Cut(name, "[")
	return object{
		"address": address, "mode": mode, "type": kind, "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
		"change": object{"actions": strings.Fields(actions), "before": before, "after": after, "after_unknown": open},
	}
}

// configured is a resource of the configuration. Arguments are constants, or references as a list.
func configured(address string, arguments object) object {
	expressions := object{}
	for name, v := range arguments {
		if name == "for_each" {
			continue
		}
		expressions[name] = expressed(v)
	}
	out := object{"address": address, "mode": "managed", "provider_config_key": "aws", "expressions": expressions}
	if each, ok := arguments["for_each"]; ok {
		out["for_each_expression"] = expressed(each)
	}
	return out
}

func expressed(v any) object {
	if references, ok := v.([]string); ok {
		return object{"references": references}
	}
	return object{"constant_value": v}
}

// planOf is a plan of changes with the configuration of its root module.
func planOf(t *testing.T, changes []object, root object, more object) string {
	t.Helper()
	document := object{"format_version": "1.2", "planned_values": object{}, "resource_changes": changes, "configuration": object{"root_module": root, "provider_config": object{"aws": object{"name": "aws"}}}}
	for name, v := range more {
		document[name] = v
	}
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const managed = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"

func newRole(address, name string) object {
	return change(address, "create", nil, object{"name": name, "path": "/", "assume_role_policy": "{}"}, "arn", "id", "managed_policy_arns", "inline_policy")
}

func existingRole(name string, more object) object {
	out := object{"name": name, "path": "/", "arn": "arn:aws:iam::444455556666:role/" + name, "assume_role_policy": "{}"}
	for key, v := range more {
		out[key] = v
	}
	return out
}

// What an argument that is known after apply can be, by its references.
func TestReferencesOfPlans(t *testing.T) {
	roleA := "arn:aws:iam::111122223333:role/a"
	each := func(references ...string) object {
		return object{"resources": []object{
			configured("aws_iam_role.each", object{"name": []string{"each.key"}}),
			configured("aws_iam_role.a", object{"name": "a"}),
			configured("aws_iam_role.b", object{"name": "b"}),
			configured("random_id.x", object{}),
			configured("aws_ecr_repository.r", object{"name": "r"}),
			configured("aws_imagebuilder_lifecycle_policy.p", object{"name": "p", "execution_role": references, "for_each": []string{"aws_iam_role.each"}}),
		}}
	}
	for _, c := range []struct {
		references string
		key        string // of the lifecycle policy
		want       string // a part of the role; empty: not known
	}{
		{"aws_iam_role.a.arn aws_iam_role.a", "", roleA},
		{"aws_iam_role.a", "", roleA}, // one(aws_iam_role.a[*].arn)
		{"aws_iam_role.a.arn aws_iam_role.a var.create", "", roleA},
		{"aws_iam_role.a.arn aws_iam_role.a aws_iam_role.b.arn aws_iam_role.b", "", ""},
		{"aws_iam_role.a.arn aws_iam_role.a local.other", "", ""},
		{"aws_iam_role.a.unique_id aws_iam_role.a", "", ""},
		{"random_id.x.hex random_id.x", "", ""},
		{"aws_iam_role.a.arn aws_iam_role.a random_id.x.hex random_id.x", "", ""},
		{"aws_ecr_repository.r.arn aws_ecr_repository.r", "", ""},
		{`aws_iam_role.each["x.y[0]"].arn aws_iam_role.each["x.y[0]"] aws_iam_role.each`, "", ":role/each-x"},
		{`aws_iam_role.each["gone"].arn aws_iam_role.each["gone"] aws_iam_role.each`, "", ""},
		{"aws_iam_role.each each.key", `["z"]`, ":role/each-z"},
		{"aws_iam_role.each each.key", `["other"]`, ""},
		{"each.value.arn each.value", `["z"]`, ":role/each-z"},
		{"each.value", `["z"]`, ":role/each-z"},
		{"aws_iam_role.each", "", ""},
		{"local.role", "", ""},
		{"", "", ""},
		{"module.none.arn module.none", "", ""},
		{"[ . [[ ..", "", ""},
	} {
		t.Run(c.references+c.key, func(t *testing.T) {
			code := readPlan(t, planOf(t, []object{
				newRole("aws_iam_role.a", "a"), newRole("aws_iam_role.b", "b"),
				newRole(`aws_iam_role.each["x.y[0]"]`, "each-x"), newRole(`aws_iam_role.each["z"]`, "each-z"),
				change("random_id.x", "create", nil, object{}, "hex", "id"),
				change("aws_ecr_repository.r", "create", nil, object{"name": "r"}, "arn", "id"),
				change("aws_imagebuilder_lifecycle_policy.p"+c.key, "create", nil, object{"name": "p"}, "execution_role", "arn"),
			}, each(strings.Fields(c.references)...), nil))
			got := code.LifecyclePolicies[0].ExecutionRole
			switch {
			case c.want == "" && !symbol.Is(got), c.want != "" && (symbol.In(got) || !strings.Contains(got, c.want)):
				t.Errorf("%s", symbol.Text(got))
			}
		})
	}
}

// Through inputs and outputs of modules, also of modules with for_each.
func TestReferencesThroughModules(t *testing.T) {
	inner := object{
		"resources": []object{configured("aws_iam_role.this", object{"name": []string{"var.name"}})},
		"outputs": object{
			"arn":   object{"expression": expressed([]string{"aws_iam_role.this.arn", "aws_iam_role.this"})},
			"given": object{"expression": expressed([]string{"var.given"})},
		},
	}
	root := func(references ...string) object {
		return object{
			"resources": []object{
				configured("aws_iam_role.a", object{"name": "a"}),
				configured("aws_imagebuilder_lifecycle_policy.p", object{"name": "p", "execution_role": references}),
			},
			"module_calls": object{"m": object{
				"module":              inner,
				"expressions":         object{"given": expressed([]string{"aws_iam_role.a.arn", "aws_iam_role.a"})},
				"for_each_expression": expressed([]string{"each"}),
			}},
		}
	}
	for references, want := range map[string]string{
		`module.m["x"].arn module.m["x"] module.m`:     ":role/m-x",
		`module.m["y"].arn module.m["y"] module.m`:     ":role/m-y",
		`module.m["x"].given module.m["x"] module.m`:   ":role/a",
		`module.m["x"].missing module.m["x"] module.m`: "",
		`module.m`: "",
	} {
		code := readPlan(t, planOf(t, []object{
			newRole("aws_iam_role.a", "a"), newRole(`module.m["x"].aws_iam_role.this`, "m-x"), newRole(`module.m["y"].aws_iam_role.this`, "m-y"),
			change("aws_imagebuilder_lifecycle_policy.p", "create", nil, object{"name": "p"}, "execution_role"),
		}, root(strings.Fields(references)...), nil))
		got := code.LifecyclePolicies[0].ExecutionRole
		if want == "" && !symbol.Is(got) || want != "" && !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", references, symbol.Text(got))
		}
	}
}

// The elements of a set that are not known yet are the values that it refers to, if these are as
// many.
func TestUnknownElements(t *testing.T) {
	for _, c := range []struct {
		open int
		want int // policies that are known
	}{{2, 2}, {1, 0}, {3, 0}} {
		unknown := []any{false}
		after := []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
		for range c.open {
			unknown, after = append(unknown, true), append(after, nil)
		}
		r := change("aws_iam_role.a", "create", nil, object{"name": "a", "managed_policy_arns": after}, "arn")
		r["change"].(object)["after_unknown"].(object)["managed_policy_arns"] = unknown
		policy := func(name string) object {
			return change("aws_iam_policy."+name, "create", nil, object{"name": name, "path": "/", "policy": "{}"}, "arn", "id")
		}
		code := readPlan(t, planOf(t, []object{r, policy("p"), policy("q")}, object{"resources": []object{
			configured("aws_iam_policy.p", object{"name": "p"}), configured("aws_iam_policy.q", object{"name": "q"}),
			configured("aws_iam_role.a", object{"name": "a", "managed_policy_arns": []string{"aws_iam_policy.p.arn", "aws_iam_policy.p", "aws_iam_policy.q.arn", "aws_iam_policy.q"}}),
		}}, nil))
		known := slices.DeleteFunc(slices.Clone(code.Roles[0].Attached), symbol.In)
		if len(known) != 1+c.want || len(code.Roles[0].Attached) != 1+c.open {
			t.Errorf("%d open: %v", c.open, code.Roles[0].Attached)
		}
	}
}

// What a plan leaves behind, by its actions.
func TestActionsOfPlans(t *testing.T) {
	attachment := object{"role": "r", "policy_arn": managed}
	before, after := existingRole("r", object{"path": "/old/", "arn": "arn:aws:iam::444455556666:role/old/r"}), existingRole("r", nil)
	for _, c := range []struct {
		name    string
		changes []object
		more    object
		want    string // path of the role and number of attachments
	}{
		{"no-op", []object{change("aws_iam_role.r", "no-op", after, after), change("aws_iam_role_policy_attachment.a", "no-op", attachment, attachment)}, nil, "/ 1"},
		{"update", []object{change("aws_iam_role.r", "update", before, after)}, nil, "/ 0"},
		{"replace", []object{change("aws_iam_role.r", "delete create", before, object{"name": "r", "path": "/"}, "arn")}, nil, "/ 0"},
		{"create before destroy", []object{change("aws_iam_role.r", "create delete", before, object{"name": "r", "path": "/"}, "arn")}, nil, "/ 0"},
		{"delete", []object{change("aws_iam_role.r", "no-op", after, after), change("aws_iam_role_policy_attachment.a", "delete", attachment, nil)}, nil, "/ 0"},
		{"delete the role", []object{change("aws_iam_role.r", "delete", after, nil)}, nil, "none 0"},
		{"forget", []object{change("aws_iam_role.r", "forget", after, nil)}, nil, "/ 0"},
		{"not a target of the plan", []object{change("aws_iam_role_policy_attachment.a", "create", nil, attachment)}, object{"prior_state": object{"values": object{"root_module": object{
			"resources": []object{{"address": "aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r", "values": after}},
		}}}}, "/ 1"},
		{"moved", []object{func() object {
			c := change("aws_iam_role.new", "no-op", after, after)
			c["previous_address"] = "aws_iam_role.r"
			return c
		}()}, object{"prior_state": object{"values": object{"root_module": object{
			"resources": []object{{"address": "aws_iam_role.r", "mode": "managed", "type": "aws_iam_role", "name": "r", "values": before}},
		}}}}, "/ 0"},
		{"drift", []object{change("aws_iam_role.r", "update", before, after)}, object{"resource_drift": []object{change("aws_iam_role.r", "update", after, before)}}, "/ 0"},
		{"deposed", []object{change("aws_iam_role.r", "no-op", after, after), func() object {
			c := change("aws_iam_role.r", "delete", before, nil)
			c["deposed"] = "0123abcd"
			return c
		}()}, nil, "/ 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := readPlan(t, planOf(t, c.changes, object{}, c.more))
			got := "none"
			if len(code.Roles) == 1 {
				got = code.Roles[0].Path
			}
			attached := 0
			for _, a := range code.Attachments {
				if len(code.Roles) == 0 || a.Account == code.Roles[0].Account || c.name == "not a target of the plan" {
					attached++
				}
			}
			if got = fmt.Sprintf("%s %d", got, attached); got != c.want || len(code.Roles) > 1 {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// The provider lists in a role what separate resources attach. What the plan detaches is not there
// after apply; what only AWS has is.
func TestReportedPoliciesOfRoles(t *testing.T) {
	foreign := "arn:aws:iam::aws:policy/ReadOnlyAccess"
	role := existingRole("r", object{
		"managed_policy_arns": []string{managed, foreign},
		"inline_policy":       []object{{"name": "changed", "policy": "{}"}, {"name": "foreign", "policy": "{}"}},
	})
	changes := []object{
		change("aws_iam_role.r", "no-op", role, role),
		change("aws_iam_role_policy_attachment.a", "delete", object{"role": "r", "policy_arn": managed}, nil),
		change("aws_iam_role_policy.p", "update", object{"role": "r", "name": "changed", "policy": "{}"}, object{"role": "r", "name": "changed", "policy": `{"Version":"2012-10-17"}`}),
	}
	for _, given := range []bool{false, true} {
		arguments := object{"name": "r"}
		if given {
			arguments["managed_policy_arns"] = []string{managed, foreign}
		}
		code := readPlan(t, planOf(t, changes, object{"resources": []object{configured("aws_iam_role.r", arguments)}}, nil))
		r := code.Roles[0]
		want := []string{foreign}
		if given { // then the role attaches it
			want = []string{managed, foreign}
		}
		if !slices.Equal(r.Attached, want) || len(r.Inline) != 1 || r.Inline[0].Name != "foreign" {
			t.Errorf("given %t: %v %v", given, r.Attached, r.Inline)
		}
	}
}

// Accounts come from ARNs of what exists and from the provider.
func TestAccountsOfPlans(t *testing.T) {
	role := existingRole("r", nil)
	code := readPlan(t, planOf(t, []object{
		change("aws_iam_role.r", "no-op", role, role),
		change("aws_iam_role.new", "create", nil, object{"name": "new"}, "arn"),
	}, object{"resources": []object{configured("aws_iam_role.r", object{"name": "r"}), configured("aws_iam_role.new", object{"name": "new"})}}, nil))
	for _, r := range code.Roles {
		if r.Account != "444455556666" {
			t.Errorf("%s is in %s", r.Name, r.Account)
		}
	}
	for _, settings := range []object{
		{"allowed_account_ids": object{"constant_value": []string{"777788889999"}}},
		{"assume_role": []object{{"role_arn": object{"references": []string{"var.id"}}}}},
		{"assume_role": []object{{"role_arn": object{"constant_value": "arn:aws:iam::777788889999:role/x"}}}},
	} {
		code = readPlan(t, planOf(t, []object{change("aws_iam_role.new", "create", nil, object{"name": "new"}, "arn")}, object{}, object{
			"variables":     object{"id": object{"value": "777788889999"}},
			"configuration": object{"provider_config": object{"aws": object{"name": "aws", "expressions": settings}}, "root_module": object{"resources": []object{configured("aws_iam_role.new", object{"name": "new"})}}},
		}))
		if code.Roles[0].Account != "777788889999" {
			t.Errorf("%v: %s", settings, symbol.Text(code.Roles[0].Account))
		}
	}
}

// A deferred change may create something, or nothing.
func TestDeferredChange(t *testing.T) {
	code := readPlan(t, planOf(t, nil, object{}, object{"deferred_changes": []object{{"reason": "instance_count_unknown", "resource_change": newRole("aws_iam_role.r", "r")}}}))
	if len(code.Roles) != 1 || code.Roles[0].Unsure == nil || code.Roles[0].Unsure.Reason != account.Unresolved {
		t.Error(code.Roles)
	}
}

// A state of several accounts: attachments have no ARN, and follow their roles.
func TestStateOfSeveralAccounts(t *testing.T) {
	state := `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","resources":[
		{"mode":"managed","type":"aws_iam_role","name":"a","provider":"p","instances":[{"index_key":"k","attributes":{"name":"a","arn":"arn:aws:iam::111111111111:role/a","path":"/"}}]},
		{"module":"module.m[0]","mode":"managed","type":"aws_iam_role","name":"b","provider":"p","instances":[{"attributes":{"name":"b","arn":"arn:aws:iam::222222222222:role/b","path":"/"}},{"deposed":"x","attributes":{"name":"c"}}]},
		{"mode":"managed","type":"aws_iam_role_policy_attachment","name":"b","provider":"p","instances":[{"attributes":{"role":"b","policy_arn":"arn:aws:iam::aws:policy/x"}}]}]}`
	code := readPlan(t, state)
	if len(code.Roles) != 2 || code.Roles[0].Address != `aws_iam_role.a["k"]` || code.Roles[1].Address != "module.m[0].aws_iam_role.b" || code.Attachments[0].Account != "222222222222" {
		t.Errorf("%+v %+v", code.Roles, code.Attachments)
	}
}

// Nothing in a plan makes the reader panic, or take longer than its size explains.
func FuzzPlan(f *testing.F) {
	names, err := filepath.Glob("../../../fixtures/code/plan-*/infra/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range append(names, "../../../fixtures/code/plan-state-file/infra/terraform.tfstate") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(`{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"aws_iam_role.x","type":"aws_iam_role","values":{"name":1e999999999}}]}}}`)
	f.Add(`{"format_version":"1.0","resource_changes":[{"address":"module","type":"aws_iam_role","change":{"after":[],"after_unknown":[true]}}],"configuration":{"root_module":{"resources":[null],"module_calls":{"m":null}}}}`)
	f.Fuzz(func(t *testing.T, data string) {
		parsed, err := terraform.ParsePlan("plan.json", []byte(data))
		if err != nil {
			return
		}
		code := terraform.Plan{Path: "plan.json", Region: "eu-west-1", Parsed: parsed}.Read()
		code.Over(&account.Inventory{
			Accounts: map[string]*account.Account{"111122223333": {Roles: map[string]account.Read[account.Role]{"expiry": account.Present(account.Role{Name: "expiry"})}}},
			Guardrails: map[string]*account.Guardrails{"o-example": {
				Attached: map[string]map[string]account.List[string]{"r-ab12": {}}, Policies: map[string]account.Read[account.Guardrail]{},
			}},
		})
	})
}

// Plans from outside neither crash the reader nor keep it busy.
func TestHostilePlans(t *testing.T) {
	testrun.Long(t)
	chain := func(n int) string { // each policy refers to the next one
		var changes, resources []object
		for i := range n {
			name := fmt.Sprintf("d%d", i)
			changes = append(changes, change("data.aws_iam_policy_document."+name, "read", nil, object{"source_policy_documents": []any{nil}}, "json"))
			changes[i]["change"].(object)["after_unknown"].(object)["source_policy_documents"] = []any{true}
			next := fmt.Sprintf("data.aws_iam_policy_document.d%d", (i+1)%n)
			resources = append(resources, configured("data.aws_iam_policy_document."+name, object{"source_policy_documents": []string{next + ".json", next}}))
		}
		return planOf(t, changes, object{"resources": resources}, nil)
	}
	all := func(n int) string { // each policy may have any of the roles
		var changes []object
		for i := range n {
			changes = append(changes, newRole(fmt.Sprintf(`aws_iam_role.r["%d"]`, i), fmt.Sprint("r", i)))
			changes = append(changes, change(fmt.Sprintf(`aws_imagebuilder_lifecycle_policy.p[%d]`, i), "create", nil, object{"name": fmt.Sprint("p", i)}, "execution_role"))
		}
		return planOf(t, changes, object{"resources": []object{
			configured("aws_iam_role.r", object{"name": []string{"each.key"}}),
			configured("aws_imagebuilder_lifecycle_policy.p", object{"execution_role": []string{"aws_iam_role.r", "count.index"}}),
		}}, nil)
	}
	nested := func(n int, inner string) string {
		return `{"format_version":"1.0","resource_changes":[{"address":"aws_iam_role.r","type":"aws_iam_role","change":{"actions":["create"],"after":{"name":"r","x":` +
			strings.Repeat(`{"x":[`, n) + inner + strings.Repeat("]}", n) + `}}}]}`
	}
	value := func(text string) string {
		return `{"format_version":"1.0","resource_changes":[{"address":"aws_iam_role.r","type":"aws_iam_role","change":{"actions":["create"],"after":` + text + `,"after_unknown":` + text + `}}]}`
	}
	modules := `{"format_version":"1.0","resource_changes":[{"address":"` + strings.Repeat("module.m.", 3000) + `aws_iam_role.r","type":"aws_iam_role","change":{"actions":["create"],"after":{}}}],"configuration":{"root_module":` +
		strings.Repeat(`{"module_calls":{"m":{"module":`, 3000) + `{}` + strings.Repeat("}}}", 3000) + `}}`
	for name, data := range map[string]string{
		"a chain": chain(5000), "a cycle": chain(2), "a document of itself": chain(1), "all with all": all(1000),
		"deep": nested(4000, `1`), "deep text": nested(50, `"x"`), "modules": modules,
		"a text":   value(`"x"`),
		"a list":   value(`[[true],{"a":true}]`),
		"a number": value(`{"name":1e999999999,"path":-1e-999999999,"max":` + strings.Repeat("9", 10_000) + `}`),
		"shapes":   value(`{"name":{"a":true},"assume_role_policy":[true],"managed_policy_arns":"x","inline_policy":true,"tags":[true],"tags_all":7}`),
		"nulls":    `{"format_version":"1.0","resource_changes":[null],"prior_state":null,"configuration":{"provider_config":null,"root_module":{"resources":[null],"module_calls":{"m":null},"outputs":null}}}`,
		"no name":  `{"format_version":"1.0","resource_changes":[{"type":"aws_iam_role","change":{"actions":["create"],"after":{}}},{"address":"[","type":"aws_iam_role","change":{"after":{}}},{"address":"module","type":"aws_iam_role","change":{"after":{}}}]}`,
		"empty":    `{"format_version":"1.0","resource_changes":[{"address":"aws_iam_role.r","type":"aws_iam_role","change":{"after":{},"after_unknown":{"permissions_boundary":true}}}],"configuration":{"root_module":{"resources":[{"address":"aws_iam_role.r","expressions":{"permissions_boundary":{"references":["","."]}}}]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if parsed, err := terraform.ParsePlan("plan.json", []byte(data)); err == nil {
				code := terraform.Plan{Path: "plan.json", Parsed: parsed}.Read()
				code.Inventory()
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%d bytes took %s", len(data), took)
			}
		})
	}
}
