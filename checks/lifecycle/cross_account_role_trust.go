package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// CrossAccountRoleTrust checks that Image Builder can assume the cross-account role for the
// owners' images, and for no other account's.
var CrossAccountRoleTrust = checks.On(checks.Check{
	ID:       "cross-account-role-trust",
	Title:    "Image Builder can assume the cross-account role, for the owners of the images only",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc: `The trust policy in the destination account must allow the service imagebuilder.amazonaws.com to call sts:AssumeRole for
the images of every owner that copies AMIs into the account. It should not allow this for the images of other accounts. AWS's
guide says that aws:SourceAccount is the destination, the account where Image Builder distributed the resources. AWS's sample
says that it is the owner, the distributing account. iblint follows the guide and reports the other reading. A trust policy
that lists both accounts works under either reading. --source-account-means selects one. To find out whether other accounts
are kept out, iblint evaluates the same request for an account that the policy does not name.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the trust policy allows Image Builder to assume the role for the images of every owner, and not for those of other accounts"},
		{Status: checks.Warn, When: "the trust policy also allows it for the images of other accounts; or accepts only the owner as aws:SourceAccount, where the guide says the destination; or, in China, names the service only as imagebuilder.amazonaws.com.cn"},
		{Status: checks.Fail, When: "the trust policy does not allow Image Builder to assume the role for the images of an owner, in at least one Region"},
		{Status: checks.Skip, When: "no lifecycle rule acts on AMIs in the account; or the account only received launch permission; or the role does not exist, which cross-account-role-exists reports"},
		{Status: checks.Unknown, When: trustPolicyUndecided},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
	},
	Needs: checks.Needs(account.DestinationKind,
		account.Need{Part: account.RolePart, Use: account.Required}, account.Need{Part: account.MembershipPart, Use: account.Required}),
}, (*demand.View).Destinations, func(d demand.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		other.Cause = "cross-account-role-exists"
		return ifNeeded(other, d.Strength, d.Why), err
	}
	notes := checks.Lint(policy.Trust, "trust policy", role.Trust)
	t, err := readTrust(d.Partition, d.Account, role)
	if err != nil {
		return checks.Verdict{Notes: notes}, err
	}
	t.membershipOf = d.MembershipOf
	t.time = requestTime(d.ReadAt(), d.EvaluatedAt())
	var regions []string
	for _, o := range d.Owners {
		regions = append(regions, o.Regions...)
	}
	decide := func(t *trust) trustVerdict {
		return t.verdict(regions, func(principal string) trustVerdict {
			var verdicts []trustVerdict
			for _, owner := range d.Owners {
				for _, region := range regionsOf(owner.Regions) {
					verdicts = append(verdicts, crossAccountTrust(d, t, principal, owner, region))
				}
			}
			return worst(verdicts)
		})
	}
	decided := decide(t)
	v := decided.Verdict
	v.Notes = notes
	if v.Status == checks.Fail || v.Status == checks.Warn {
		both := func(t *trust) trustVerdict { return t.underBothReadings(d, decide(t)) }
		v.FindFix = func() *checks.Fix { return t.fix(decided.obstacle, crossAccountWants(d), both) }
	}
	return ifNeeded(v, d.Strength, d.Why), nil
})

// crossAccountTrust decides for the images of one owner in one Region.
func crossAccountTrust(d demand.Destination, t *trust, principal string, owner demand.Origin, region string) trustVerdict {
	forDestination, pinned := t.evaluateImages(principal, d.Account, owner, region)
	forOwner, pinnedToo := t.evaluateImages(principal, owner.Account, owner, region)
	evidence := []string{forDestination.String(), forOwner.String()}
	if use := t.lastUse(); use != "" {
		const strong = "; unless the trust policy has changed since, this is strong evidence that aws:SourceAccount is the "
		switch allowed := policy.Allowed; {
		case forDestination.Outcome == allowed && forOwner.Outcome == policy.Denied:
			evidence = append(evidence, use+strong+"destination, the only one that it accepts")
		case forOwner.Outcome == allowed && forDestination.Outcome == policy.Denied:
			evidence = append(evidence, use+strong+"owner, the only one that it accepts")
		}
	}
	images := "the images of " + owner.Account + inRegion(region)

	pinnedNote, short := "", "trusts Image Builder, for the owners' images only"
	if pinned && forDestination.Outcome == policy.Allowed || pinnedToo && forOwner.Outcome == policy.Allowed {
		pinnedNote = "; the policy names the images that exist now, and denies new ones"
		short = "trusts Image Builder, for the images that exist now"
	}
	deciding, traced, readings := forDestination, traces(forDestination, forOwner), "" // readings: the effect of the other reading
	switch d.SourceAccountMeans {
	case account.MeansDestination:
		traced = traces(forDestination)
	case account.MeansOwner:
		deciding, traced = forOwner, traces(forOwner)
	case account.MeansEither:
		if forDestination.Outcome != policy.Allowed {
			deciding, traced = forOwner, traces(forOwner, forDestination)
		}
	case account.Unsettled:
		readings = fmt.Sprintf("; AWS's sample says that aws:SourceAccount is the owner, %s, and not the destination", owner.Account)
		if forOwner.Outcome == policy.Allowed {
			readings = ", under either reading of aws:SourceAccount"
		}
	}

	switch {
	case deciding.Outcome == policy.Undecidable:
		return trustVerdict{Verdict: t.undecidable(evidence, traced, images, deciding, owner.Unread[region])}
	case deciding.Outcome == policy.Denied && d.SourceAccountMeans == account.Unsettled && forOwner.Outcome == policy.Undecidable:
		return trustVerdict{Verdict: t.undecidable(evidence, traces(forOwner, forDestination), images, forOwner, owner.Unread[region])}
	case deciding.Outcome == policy.Denied && d.SourceAccountMeans == account.Unsettled && forOwner.Outcome == policy.Allowed:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Warn, Evidence: evidence, Trace: traced,
			Message: fmt.Sprintf("the trust policy accepts only the owner, %s, as aws:SourceAccount, as in AWS's sample; AWS's guide requires the destination, %s; list both",
				owner.Account, d.Account),
			Short: "trust policy accepts only the owner as aws:SourceAccount",
		}, obstacle: forDestination.Decision}
	case deciding.Outcome == policy.Denied:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Fail, Evidence: evidence, Trace: traced,
			Message: fmt.Sprintf("Image Builder cannot assume the role for %s: %s", images, deciding.Reason()),
			Short:   deciding.refusal(),
		}, obstacle: deciding.Decision}
	}

	others, foreign := strangers(d, t.document, t.text), strangeOrganization(t.text)
	for _, stranger := range others {
		a := t.evaluateStranger(principal, stranger, foreign, owner, region)
		switch a.Outcome {
		case policy.Allowed:
			return trustVerdict{Verdict: checks.Verdict{
				Status: checks.Warn, Evidence: append(evidence, "another account: "+a.String()), Trace: append(traces(a), traced...),
				Message: fmt.Sprintf("Image Builder can assume the role for %s, and also for the images of other accounts, which %s allows", images, a.Statement),
				Short:   "trust policy also admits the images of other accounts",
			}, obstacle: a.Decision}
		case policy.Undecidable:
			return trustVerdict{Verdict: checks.Verdict{
				Status: checks.Unknown, Evidence: append(evidence, "another account: "+a.String()), Trace: append(traces(a), traced...),
				Message: fmt.Sprintf("Image Builder can assume the role for %s; cannot decide whether it can also do so for the images of other accounts: %s", images, a.Reason()),
				Short:   "trust policy may also admit the images of other accounts",
			}}
		}
		if stranger == others[0] { // the others are denied too; one is enough as evidence
			evidence, traced = append(evidence, "another account: "+a.String()), append(traced, traces(a)...)
		}
	}
	// The trust policy in AWS's guide allows this request, so it is evidence and decides nothing.
	evidence = append(evidence, "an image of another account, with the destination as aws:SourceAccount: "+
		t.evaluate(caller{principal, d.Account, imageARN(owner.Partition, region, others[0]), region}).String())
	return trustVerdict{Verdict: checks.Verdict{
		Status: checks.Pass, Evidence: evidence, Trace: traced,
		Message: fmt.Sprintf("the trust policy allows Image Builder to assume the role for %s, and for no other account's%s%s", images, readings, pinnedNote),
		Short:   short,
	}}
}

// underBothReadings is the verdict, but no pass if the result depends on whether
// aws:SourceAccount is the destination or the owner. AWS's guide and AWS's sample disagree about
// it, so an edit that admits only one of them may leave the role unusable.
func (t *trust) underBothReadings(d demand.Destination, v trustVerdict) trustVerdict {
	if v.Status != checks.Pass {
		return v
	}
	for _, owner := range d.Owners {
		for _, region := range regionsOf(owner.Regions) {
			for _, source := range []string{d.Account, owner.Account} {
				if a, _ := t.evaluateImages(ServicePrincipal, source, owner, region); a.Outcome != policy.Allowed {
					v.Status, v.obstacle = checks.Warn, a.Decision
					return v
				}
			}
		}
	}
	return v
}

// evaluateImages evaluates the request for every name that an image of the owner in a
// Region can have. If the result depends on the name, it evaluates the request for each
// image with AMIs in the destination, provided that all of them are known. Then pinned is
// true: the result holds for those names only.
func (t *trust) evaluateImages(principal, sourceAccount string, owner demand.Origin, region string) (a answer, pinned bool) {
	a = t.evaluate(caller{principal, sourceAccount, imageARN(owner.Partition, region, owner.Account), region})
	if a.Outcome != policy.Undecidable {
		return a, false
	}
	named := 0
	var allowed answer
	for _, arn := range owner.Images {
		if region != "" && !strings.Contains(arn, ":imagebuilder:"+region+":") {
			continue
		}
		switch one := t.evaluate(caller{principal, sourceAccount, arn, region}); one.Outcome {
		case policy.Denied:
			return one, true
		case policy.Undecidable:
			return a, false
		default:
			allowed, named = one, named+1
		}
	}
	if named == 0 || owner.Unread[region] != nil {
		return a, false
	}
	return allowed, true
}

// evaluateStranger evaluates the request for the images of an account that owns none of
// the images here, and that is in another organization or in none. It returns the answer
// that keeps out the least. If the result depends on the name, an allowed image that is
// named as one of the owner's is enough.
func (t *trust) evaluateStranger(principal, stranger, organization string, owner demand.Origin, region string) (least answer) {
	memberships := []account.Read[account.Membership]{account.Present(account.Membership{Organization: organization}), account.Absent[account.Membership]()}
	if !t.namesSourceOrganization() {
		memberships = memberships[:1] // the answers are the same
	}
	for i, membership := range memberships {
		a := t.evaluateFrom(caller{principal, stranger, imageARN(owner.Partition, region, stranger), region}, membership)
		if a.Outcome == policy.Undecidable {
			for _, arn := range owner.Images {
				arn = strings.Replace(arn, ":"+owner.Account+":", ":"+stranger+":", 1)
				if one := t.evaluateFrom(caller{principal, stranger, arn, region}, membership); one.Outcome == policy.Allowed {
					a = one
					break
				}
			}
		}
		if i == 0 || a.Outcome == policy.Allowed || a.Outcome == policy.Undecidable && least.Outcome == policy.Denied {
			least = a
		}
		if least.Outcome == policy.Allowed {
			break
		}
	}
	return least
}

// namesSourceOrganization reports whether a condition or a policy variable is about the
// organization of the source account.
func (t *trust) namesSourceOrganization() bool {
	about := func(text string) bool { return strings.Contains(strings.ToLower(text), "aws:sourceorg") }
	return slices.ContainsFunc(t.document.Statements, func(s policy.Statement) bool {
		return slices.ContainsFunc(s.Conditions, func(c policy.Condition) bool { return about(c.Key) || slices.ContainsFunc(c.Values, about) })
	})
}

// strangeOrganization is the ID of an organization that the policy does not name.
func strangeOrganization(text string) string {
	n := 9999999999
	for strings.Contains(text, "o-"+strconv.Itoa(n)) {
		n--
	}
	return "o-" + strconv.Itoa(n)
}

// undecidable is the verdict Unknown. It also says what could not be read: the
// organization of an account, or the names of images, on which the result may depend.
func (t *trust) undecidable(evidence []string, traced []checks.Trace, images string, a answer, unread error) checks.Verdict {
	v := checks.Verdict{
		Status: checks.Unknown, Evidence: evidence, Trace: traced,
		Message: fmt.Sprintf("cannot decide whether Image Builder can assume the role for %s: %s", images, a.Reason()),
		Short:   whyUnsure("trust policy", a.Decision, nil),
	}
	if err := t.whyUndecided(a); err != nil {
		v.Unread = unreadOf(err)
		v.Message += ": " + err.Error()
		return v
	}
	var why account.Unread
	if errors.As(unread, &why) && why.Reason != account.NotCollected {
		v.Unread = &why
		v.Message += "; it may depend on the names of the images, and not all images could be read: " + why.Error()
	}
	return v
}

// strangers are account IDs that the policy does not name and that own none of the
// images. There is one for each first digit, and one for each condition value with
// wildcards that it matches. So a condition such as "1111*" or "not 9*" is found to admit
// other accounts.
func strangers(d demand.Destination, document *policy.Document, text string) []string {
	known := []string{d.Account}
	for _, o := range d.Owners {
		known = append(known, o.Account)
	}
	var found []string
	add := func(glob string) {
		first, rest, _ := strings.Cut(glob, "*")
		rest = strings.ReplaceAll(rest, "*", "")
		for _, digit := range strings.Split("9876543210", "") {
			id := strings.ReplaceAll(first+strings.Repeat(digit, max(12-len(first)-len(rest), 0))+rest, "?", digit)
			if account.IsAccountID(id) && !strings.Contains(text, id) && !slices.Contains(known, id) && !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	add("*")
	add("1*2") // if the policy names every account ID of one repeated digit
	for _, statement := range document.Statements {
		for _, condition := range statement.Conditions {
			for _, value := range condition.Values {
				if parts := strings.SplitN(value, ":", 6); len(parts) >= 5 {
					value = parts[4] // the account ID in an ARN or in a part of one
				}
				if strings.ContainsAny(value, "*?") {
					add(value)
				}
			}
		}
	}
	for n := 271828182845; len(found) == 0; n++ { // the policy names all IDs tried so far
		add(strconv.Itoa(n))
	}
	return found
}

// crossAccountWants is what the trust policy should contain: the destination and every
// owner as aws:SourceAccount, which works under either reading of it, and the owners' images.
func crossAccountWants(d demand.Destination) policy.Wants {
	guard := crossAccountGuard(d)
	sources := guard.StringEquals["aws:SourceAccount"]
	var images []string
	for _, o := range d.Owners {
		images = append(images, "arn:"+o.Partition+":imagebuilder:*:"+o.Account+":image/*/*/*")
	}
	return policy.Wants{
		Values:    map[string][]string{"aws:SourceAccount": sources, "aws:SourceArn": images},
		Statement: compact(crossAccountStatement(d)),
		Guard: []policy.Condition{
			{Operator: "StringEquals", Key: "aws:SourceAccount", Values: sources},
			{Operator: "ArnLike", Key: "aws:SourceArn", Values: []string{guard.ArnLike["aws:SourceArn"]}},
		},
	}
}
