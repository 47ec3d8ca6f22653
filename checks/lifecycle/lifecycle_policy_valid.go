package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// LifecyclePolicyValid checks that Image Builder will accept a planned lifecycle policy.
var LifecyclePolicyValid = checks.On(checks.Check{
	ID:       "lifecycle-policy-valid",
	Title:    "Image Builder accepts the lifecycle policy",
	Severity: checks.High,
	Kind:     account.LifecyclePolicyKind,
	Doc: `CreateLifecyclePolicy refuses a policy that breaks one of its rules, so such a policy never exists. For example, a policy has one
to three rules, at most one for each action, and each rule needs a filter. COUNT works only with DELETE, and AGE needs a unit. A policy
for container images can only DELETE. A policy selects images either by recipes or by tags. Its name is unique in the account and
Region; case, spaces and underscores do not distinguish names. A policy that exists passes, because Image Builder has accepted it. A
value that is not known before the deployment breaks no rule; the evidence names it.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the policy exists, or the planned policy breaks no rule of the API"},
		{Status: checks.Warn, When: "the planned policy has something that the API does not refuse and AWS does not document, such as version x.2.x"},
		{Status: checks.Fail, When: "the planned policy breaks a rule of the API; the message lists every rule that it breaks"},
		{Status: checks.Unknown, When: "not all lifecycle policies could be listed"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateLifecyclePolicy.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetail.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyResourceSelection.html",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind),
}, (*demand.View).LifecyclePolicies, func(p demand.OwnedPolicy) (checks.Verdict, error) {
	if !p.Planned {
		return checks.Verdict{
			Status: checks.Pass, Message: fmt.Sprintf("lifecycle policy %s in %s exists, so Image Builder has accepted it", p.Name, p.Region), Short: "accepted by Image Builder",
			Evidence: []string{"the list of lifecycle policies shows it"},
		}, nil
	}
	b := breaches{input: p.Input}
	if b.input == nil {
		b.input = &account.PolicyInput{}
	}
	if err := b.policy(p); err != nil {
		return checks.Verdict{}, err
	}
	v := checks.Verdict{Status: checks.Pass, Evidence: []string{"compared with the rules of CreateLifecyclePolicy"}}
	for _, path := range b.input.Undecided {
		v.Evidence = append(v.Evidence, path+" is not known yet")
	}
	v.Evidence = append(v.Evidence, b.unread...)
	switch {
	case len(b.refused) > 0:
		v.Status, v.Message = checks.Fail, aboutPolicy(p, "Image Builder will refuse it: "+strings.Join(said(slices.Concat(b.refused, b.odd)), "; "))
	case len(b.odd) > 0:
		v.Status, v.Message = checks.Warn, aboutPolicy(p, strings.Join(said(b.odd), "; "))
	default:
		v.Message = fmt.Sprintf("lifecycle policy %s in %s breaks no rule of the API", p.Name, p.Region)
		v.Short = "breaks no rule of the API"
		return v, nil
	}
	all := slices.Concat(b.refused, b.odd)
	v.Short = briefly(all)
	v.Evidence = append(v.Evidence, said(all)...)
	v.Fix = &checks.Fix{
		Summary: "Correct the description of the lifecycle policy.",
		Changes: []checks.Change{policyEdit(p, "correct: "+strings.Join(said(all), "; "))},
	}
	return v, nil
})

// policyEdit is a change of a lifecycle policy that a person decides on.
func policyEdit(p demand.OwnedPolicy, hint string) checks.Change {
	return checks.Change{
		Action: checks.EditLifecyclePolicy, Partition: p.Partition, Account: p.Owner, Region: p.Region, Policy: p.ARN, Planned: p.Planned, Hint: hint,
	}
}

// breaches are the rules of CreateLifecyclePolicy that a planned policy breaks (Image Builder
// API Reference and the model of the API).
type breaches struct {
	input   *account.PolicyInput
	refused []problem // what the API refuses
	odd     []problem // what the API accepts, or may accept, and AWS does not document
	unread  []string  // what could not be read, for the evidence
}

// known reports whether the value at a path is known.
func (b *breaches) known(path string) bool {
	return !slices.ContainsFunc(b.input.Undecided, func(undecided string) bool {
		return path == undecided || strings.HasPrefix(path, undecided+".") || strings.HasPrefix(path, undecided+"[")
	})
}

// refuse notes a breach, unless the value at its path is not known yet.
func (b *breaches) refuse(wrong bool, path, format string, values ...any) {
	if wrong && b.known(path) {
		text := path + " " + fmt.Sprintf(format, values...)
		what, _, _ := strings.Cut(format, ":") // what is right follows
		if value, is := strings.CutPrefix(what, "is "); is && what != format && !strings.Contains(what, ",") && value != "missing" && value != "empty" {
			what = "cannot be " + value
		}
		for i, v := range values {
			if s, ok := v.(string); ok && utf8.RuneCountInString(s) > 40 {
				values[i] = "too long"
			}
		}
		b.refused = append(b.refused, problem{text, path + " " + fmt.Sprintf(what, values[:strings.Count(what, "%")]...)})
	}
}

var (
	policyName      = lazyregexp.New(`^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$`)
	policyRole      = lazyregexp.New(`^(?:arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role/)?[a-zA-Z_0-9+=,.@\-_/]+$`)
	selectedVersion = lazyregexp.New(`^(?:[0-9]+|x)\.(?:[0-9]+|x)\.(?:[0-9]+|x)$`)
	documented      = lazyregexp.New(`^(?:x\.x\.x|[0-9]+\.(?:x\.x|[0-9]+\.(?:x|[0-9]+)))$`)
	tagKey          = lazyregexp.New(`^[a-zA-Z0-9\s_.:/=+\-@]*$`)
	timeUnits       = []string{"DAYS", "WEEKS", "MONTHS", "YEARS"}
)

const (
	nameRule    = "is %s: a name has 3 to 128 letters, digits, hyphens, underscores and spaces, and neither begins nor ends with a space"
	sameNames   = "case, spaces and underscores do not distinguish names, and Image Builder refuses the second policy of a name"
	versionRule = "is %s: a version has three parts, and each is a number or x, such as x.x.x, 1.x.x or 1.0.0"
)

func (b *breaches) policy(p demand.OwnedPolicy) error {
	for _, path := range b.input.Unknown {
		b.refused = append(b.refused, problem{path + " is not a member of the input (names of members are case-sensitive)", path + " is not a member of the input"})
	}
	for _, path := range b.input.Empty {
		b.refuse(true, path, "is empty: give it a value, or leave it out")
	}
	b.refuse(!policyName().MatchString(p.Name), "name", nameRule, visible(p.Name))
	b.refuse(p.Like != "", "name", "is %s, and the planned lifecycle policy %s has the same name: "+sameNames, visible(p.Name), visible(p.Like))
	for _, e := range p.At.LifecyclePolicies.Items() {
		b.refuse(demand.NormalName(e.Name) == demand.NormalName(p.Name) && e.ResourceType != p.ResourceType && b.known("resourceType"), "name",
			"is that of the lifecycle policy %s, which has the resource type %s: the resource type of a policy cannot change", visible(e.Name), visible(e.ResourceType))
	}
	b.refuse(b.input.Description > 1024, "description", "has %d characters: at most 1,024 are possible", b.input.Description)
	b.refuse(p.Status != "ENABLED" && p.Status != "DISABLED", "status", "is %s, neither ENABLED nor DISABLED", visible(p.Status))
	b.refuse(!policyRole().MatchString(p.ExecutionRole) || len(p.ExecutionRole) > 2048, "executionRole", "is %s, neither a role name nor a role ARN", visible(p.ExecutionRole))
	b.refuse(p.ResourceType != account.AMIImage && p.ResourceType != account.ContainerImage, "resourceType", "is %s, neither AMI_IMAGE nor CONTAINER_IMAGE", visible(p.ResourceType))
	b.tags("tags", b.input.Tags)

	switch rules, found, err := p.Rules.Get(); {
	case err != nil:
		b.unread = append(b.unread, "policyDetails is not known: "+err.Error())
	case !found:
		return listedOnly(p)
	default:
		b.rules(p.LifecyclePolicy, rules)
	}
	switch selection, found, err := p.Selection.Get(); {
	case err != nil:
		b.unread = append(b.unread, "resourceSelection is not known: "+err.Error())
	case !found:
		return listedOnly(p)
	default:
		b.selection(selection)
	}
	return nil
}

func (b *breaches) rules(p account.LifecyclePolicy, rules []account.LifecycleRule) {
	b.refuse(len(rules) == 0 || len(rules) > 3, "policyDetails", "has %d rules: a policy has 1 to 3", len(rules))
	first := map[string]int{}
	for i, rule := range rules {
		path := fmt.Sprintf("policyDetails[%d]", i)
		action := path + ".action.type"
		known := b.known(action)
		b.refuse(!slices.Contains([]string{"DELETE", "DEPRECATE", "DISABLE"}, rule.Action), action, "is %s, none of DELETE, DEPRECATE and DISABLE", visible(rule.Action))
		if before, twice := first[rule.Action]; twice && known && rule.Action != "" {
			b.refuse(true, action, "is %s like that of policyDetails[%d]: a policy has at most one rule for each action", visible(rule.Action), before)
		} else if known {
			first[rule.Action] = i
		}
		if b.known("resourceType") {
			b.refuse(p.ResourceType == account.ContainerImage && (rule.Action == "DEPRECATE" || rule.Action == "DISABLE"), action, "is %s: a policy for container images can only DELETE", rule.Action)
		}
		b.included(p, rule, path+".action.includeResources", known)
		b.filter(rule, path+".filter", known)
		b.exclusions(rule, path+".exclusionRules")
	}
}

func (b *breaches) included(p account.LifecyclePolicy, rule account.LifecycleRule, path string, actionKnown bool) {
	keeps := actionKnown && (rule.Action == "DEPRECATE" || rule.Action == "DISABLE")
	b.refuse(keeps && rule.Snapshots, path+".snapshots", "is true: a %s rule can include AMIs only", rule.Action)
	b.refuse(keeps && rule.Containers, path+".containers", "is true: a %s rule can include AMIs only", rule.Action)
	if b.known(path + ".amis") {
		b.refuse(!keeps && rule.Snapshots && !rule.AMIs, path+".snapshots", "is true without amis: snapshots can be included only together with AMIs")
	}
	if keeps || !b.known("resourceType") || !b.known(path) {
		return
	}
	switch {
	case p.ResourceType == account.AMIImage && rule.Containers && b.known(path+".containers"):
		b.odd = append(b.odd, problem{path + ".containers is true in a policy for AMIs, which AWS does not document", path + ".containers is true in a policy for AMIs"})
	case p.ResourceType == account.ContainerImage && (rule.AMIs && b.known(path+".amis") || rule.Snapshots && b.known(path+".snapshots")):
		b.odd = append(b.odd, problem{
			path + " includes AMIs or snapshots in a policy for container images, which AWS does not document",
			path + " includes AMIs in a policy for container images",
		})
	}
}

func (b *breaches) filter(rule account.LifecycleRule, path string, actionKnown bool) {
	f := rule.Filter
	if f == nil || *f == (account.RuleFilter{}) {
		b.refuse(true, path, "is missing: each rule needs a filter with type and value")
		return
	}
	b.refuse(f.Type != "AGE" && f.Type != "COUNT", path+".type", "is %s, neither AGE nor COUNT", visible(f.Type))
	b.refuse(f.Value < 1 || f.Value > 1000, path+".value", "is %s: 1 to 1000 are possible", numberOrNone(f.Value))
	if actionKnown {
		b.refuse(f.Type == "COUNT" && (rule.Action == "DEPRECATE" || rule.Action == "DISABLE"), path+".type", "is COUNT in a %s rule: COUNT is possible only with DELETE", rule.Action)
	}
	switch {
	case f.Unit != "":
		b.refuse(!slices.Contains(timeUnits, f.Unit), path+".unit", "is %s, none of DAYS, WEEKS, MONTHS and YEARS", visible(f.Unit))
	case b.known(path + ".type"):
		b.refuse(f.Type == "AGE", path+".unit", "is missing: AGE needs DAYS, WEEKS, MONTHS or YEARS")
	}
	b.refuse(f.RetainAtLeast != nil && (*f.RetainAtLeast < 1 || *f.RetainAtLeast > 10), path+".retainAtLeast", "is %d: 1 to 10 are possible", pointed(f.RetainAtLeast))
}

func (b *breaches) exclusions(rule account.LifecycleRule, path string) {
	b.tags(path+".tagMap", rule.ExcludedTags)
	b.tags(path+".amis.tagMap", rule.AMITags)
	b.refuse(len(rule.SharedAccounts) > 1536, path+".amis.sharedAccounts", "has %d accounts: at most 1,536 are possible", len(rule.SharedAccounts))
	for i, id := range rule.SharedAccounts {
		b.refuse(!account.IsAccountID(id), fmt.Sprintf("%s.amis.sharedAccounts[%d]", path, i), "is %s, which is not an account ID (12 digits)", visible(id))
	}
	for i, region := range rule.ExcludedRegions {
		b.refuse(region == "" || utf8.RuneCountInString(region) > 1024, fmt.Sprintf("%s.amis.regions[%d]", path, i), "has no name or one that is too long")
	}
	if last := rule.LastLaunched; last != nil {
		b.refuse(last.Value < 1 || last.Value > 365, path+".amis.lastLaunched.value", "is %s: 1 to 365 are possible", numberOrNone(last.Value))
		b.refuse(!slices.Contains(timeUnits, last.Unit), path+".amis.lastLaunched.unit", "is %s, none of DAYS, WEEKS, MONTHS and YEARS", visible(last.Unit))
	}
}

func (b *breaches) selection(s account.Selection) {
	const path = "resourceSelection"
	if b.known(path+".recipes") && b.known(path+".tagMap") {
		b.refuse(len(s.Recipes) == 0 && len(s.Tags) == 0, path, "selects nothing: it needs recipes or a tagMap")
		b.refuse(len(s.Recipes) > 0 && len(s.Tags) > 0, path, "has recipes and a tagMap: exactly one of them is possible")
	}
	b.refuse(len(s.Recipes) > 50, path+".recipes", "has %d recipes: at most 50 are possible", len(s.Recipes))
	for i, r := range s.Recipes {
		at := fmt.Sprintf("%s.recipes[%d]", path, i)
		b.refuse(!policyName().MatchString(r.Name), at+".name", nameRule, visible(r.Name))
		version := at + ".semanticVersion"
		b.refuse(!selectedVersion().MatchString(r.Version), version, versionRule, visible(r.Version))
		if selectedVersion().MatchString(r.Version) && !documented().MatchString(r.Version) && b.known(version) {
			b.odd = append(b.odd, problem{
				fmt.Sprintf("%s is %s: AWS documents x only for the last parts, such as x.x.x, 1.x.x and 1.0.x", version, r.Version),
				fmt.Sprintf("%s is %s, which AWS does not document", version, r.Version),
			})
		}
	}
	b.tags(path+".tagMap", s.Tags)
}

func (b *breaches) tags(path string, tags account.Tags) {
	b.refuse(len(tags) > 50, path, "has %d tags: at most 50 are possible", len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		at := path + "." + key
		b.refuse(strings.HasPrefix(key, "aws:"), at, "begins with aws:, which AWS reserves")
		b.refuse(key == "" || utf8.RuneCountInString(key) > 128 || !tagKey().MatchString(key), at, "has a key that is not possible: 1 to 128 letters, digits, spaces and _.:/=+-@")
		b.refuse(utf8.RuneCountInString(tags[key]) > 256, at, "has a value of more than 256 characters")
	}
}

// numberOrNone is a number; what is not given is 0.
func numberOrNone(n int) string {
	if n == 0 {
		return "0 or missing"
	}
	return fmt.Sprint(n)
}

func pointed(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
