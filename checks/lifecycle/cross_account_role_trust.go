package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// CrossAccountRoleTrust checks that Image Builder, and nobody's images but the owners', can use the cross-account role.
var CrossAccountRoleTrust = checks.On(checks.Check{
	ID:       "cross-account-role-trust",
	Title:    "Image Builder can assume the cross-account role, for the owners of the images only",
	Severity: checks.Medium,
	Kind:     account.DestinationKind,
	Doc: `The trust policy in the destination account must let the service imagebuilder.amazonaws.com call sts:AssumeRole for the
images of every owner that copies AMIs into it, and should let it do so for nobody else's. AWS's guide says that
aws:SourceAccount is the account where Image Builder distributed the resources, the destination; AWS's sample says it is
the distributing account, the image's owner. iblint follows the guide and tells of the other reading; a trust policy
that lists both holds under either. --source-account-means settles it. Whether the role is guarded is asked too, not read off: the
same request is evaluated for an account that the policy does not name.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "Image Builder may assume the role for the images of every owner, and not for those of a stranger"},
		{Status: checks.Warn, When: "a stranger's images could use the role too; or only the owner is accepted as aws:SourceAccount, which the guide reads otherwise; or, in China, the service is named only as imagebuilder.amazonaws.com.cn"},
		{Status: checks.Fail, When: "Image Builder may not assume the role for the images of one of the owners, in one of its Regions at least"},
		{Status: checks.Skip, When: "the account only received launch permission; or the role does not exist, which cross-account-role-exists reports"},
		{Status: checks.Unknown, When: "the trust policy could not be read or understood, or the answer depends on something that is not known; it is named"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/main/lifecycle",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
	},
	Needs: checks.Needs(account.DestinationKind,
		account.Need{Part: account.RolePart, Use: account.Required}),
}, (*account.View).Destinations, func(d account.Destination) (checks.Verdict, error) {
	role, other, err := crossAccountRole(d)
	if role == nil {
		other.Cause = "cross-account-role-exists"
		return other, err
	}
	notes := checks.Lint(policy.Trust, "trust policy", role.Trust)
	t, err := readTrust(d.Partition, d.Account, role)
	if err != nil {
		return checks.Verdict{Notes: notes}, err
	}
	var regions []string
	for _, o := range d.Owners {
		regions = append(regions, o.Regions...)
	}
	decide := func(t *trust) trustVerdict {
		return t.judge(regions, func(principal string) trustVerdict {
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
		v.FindFix = func() *checks.Fix { return t.mend(decided.obstacle, crossAccountWants(d), decide) }
	}
	return v, nil
})

// crossAccountTrust decides for the images of one owner in one Region.
func crossAccountTrust(d account.Destination, t *trust, principal string, owner account.Origin, region string) trustVerdict {
	forDestination, pinned := t.askForImages(principal, d.Account, owner, region)
	forOwner, pinnedToo := t.askForImages(principal, owner.Account, owner, region)
	evidence := []string{forDestination.String(), forOwner.String()}
	whose := "the images of " + owner.Account + inRegion(region)

	only := ""
	if pinned && forDestination.Outcome == policy.Allowed || pinnedToo && forOwner.Outcome == policy.Allowed {
		only = "; it is pinned to the names of the images that are there: others would be refused"
	}
	deciding, traced, works := forDestination, traces(forDestination, forOwner), "" // works: why the verdict may differ under the other reading
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
		works = fmt.Sprintf("; AWS's sample takes aws:SourceAccount for the owner, %s, instead of the destination", owner.Account)
		if forOwner.Outcome == policy.Allowed {
			works = ", under either reading of aws:SourceAccount"
		}
	}

	switch {
	case deciding.Outcome == policy.Undecidable:
		return trustVerdict{Verdict: undecidable(evidence, traced, whose, deciding, owner.Unread[region])}
	case deciding.Outcome == policy.Denied && d.SourceAccountMeans == account.Unsettled && forOwner.Outcome == policy.Undecidable:
		return trustVerdict{Verdict: undecidable(evidence, traces(forOwner, forDestination), whose, forOwner, owner.Unread[region])}
	case deciding.Outcome == policy.Denied && d.SourceAccountMeans == account.Unsettled && forOwner.Outcome == policy.Allowed:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Warn, Evidence: evidence, Trace: traced,
			Message: fmt.Sprintf("the trust policy accepts only the owner, %s, as aws:SourceAccount: right as AWS's sample reads it, while AWS's guide asks for the destination, %s; list both",
				owner.Account, d.Account),
		}, obstacle: forDestination.Decision}
	case deciding.Outcome == policy.Denied:
		return trustVerdict{Verdict: checks.Verdict{
			Status: checks.Fail, Evidence: evidence, Trace: traced,
			Message: fmt.Sprintf("Image Builder cannot assume the role for %s: %s", whose, deciding.Reason()),
		}, obstacle: deciding.Decision}
	}

	others := strangers(d, t.document, t.text)
	for _, stranger := range others {
		a := t.askForStranger(principal, stranger, owner, region)
		switch a.Outcome {
		case policy.Allowed:
			return trustVerdict{Verdict: checks.Verdict{
				Status: checks.Warn, Evidence: append(evidence, "a stranger: "+a.String()), Trace: append(traces(a), traced...),
				Message: fmt.Sprintf("Image Builder can assume the role for %s, but for the images of any other account as well: %s lets it in without asking whose image it is", whose, a.Statement),
			}, obstacle: a.Decision}
		case policy.Undecidable:
			return trustVerdict{Verdict: checks.Verdict{
				Status: checks.Unknown, Evidence: append(evidence, "a stranger: "+a.String()), Trace: append(traces(a), traced...),
				Message: fmt.Sprintf("Image Builder can assume the role for %s; whether it could for the images of any other account as well is not decidable: %s", whose, a.Reason()),
			}}
		}
		if stranger == others[0] { // the others were asked too, and answered alike
			evidence, traced = append(evidence, "a stranger: "+a.String()), append(traced, traces(a)...)
		}
	}
	// The guide's own trust policy allows this one, so it is told and never judged.
	evidence = append(evidence, "a stranger's image, were the destination its aws:SourceAccount: "+
		t.ask(caller{principal, d.Account, imageARN(owner.Partition, region, others[0]), region}).String())
	return trustVerdict{Verdict: checks.Verdict{
		Status: checks.Pass, Evidence: evidence, Trace: traced,
		Message: fmt.Sprintf("the trust policy lets Image Builder assume the role for %s and for no stranger's%s%s", whose, works, only),
	}}
}

// askForImages asks for all that an owner's images in a Region may be named. Where
// the answer depends on the name, it asks for each image whose AMIs are in the
// destination, when all of those are known: pinned says that the answer holds for
// their names only.
func (t *trust) askForImages(principal, sourceAccount string, owner account.Origin, region string) (a answer, pinned bool) {
	a = t.ask(caller{principal, sourceAccount, imageARN(owner.Partition, region, owner.Account), region})
	if a.Outcome != policy.Undecidable {
		return a, false
	}
	named := 0
	var allowed answer
	for _, arn := range owner.Images {
		if region != "" && !strings.Contains(arn, ":imagebuilder:"+region+":") {
			continue
		}
		switch one := t.ask(caller{principal, sourceAccount, arn, region}); one.Outcome {
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

// askForStranger asks for the images of an account that has no business here. Where
// the answer depends on the name, one image named like the owner's is enough.
func (t *trust) askForStranger(principal, stranger string, owner account.Origin, region string) answer {
	a := t.ask(caller{principal, stranger, imageARN(owner.Partition, region, stranger), region})
	if a.Outcome == policy.Undecidable {
		for _, arn := range owner.Images {
			if one := t.ask(caller{principal, stranger, strings.Replace(arn, ":"+owner.Account+":", ":"+stranger+":", 1), region}); one.Outcome == policy.Allowed {
				return one
			}
		}
	}
	return a
}

// undecidable tells also when the answer may hang on names of images that could
// not be read.
func undecidable(evidence []string, traced []checks.Trace, whose string, a answer, unread error) checks.Verdict {
	v := checks.Verdict{
		Status: checks.Unknown, Evidence: evidence, Trace: traced,
		Message: fmt.Sprintf("whether Image Builder can assume the role for %s is not decidable: %s", whose, a.Reason()),
	}
	var why account.Unread
	if errors.As(unread, &why) && why.Reason != account.NotCollected {
		v.Unread = &why
		v.Message += "; the images, whose names might settle it, could not all be read: " + why.Error()
	}
	return v
}

// strangers are accounts that the policy names nowhere and that own none of the
// images: some that begin with each digit, and for each value with wildcards some
// that they admit, so that neither "1111*" nor "not 9*" passes for a guard.
func strangers(d account.Destination, document *policy.Document, text string) []string {
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
	add("1*2") // where the policy names all accounts of one digit
	for _, statement := range document.Statements {
		for _, condition := range statement.Conditions {
			for _, value := range condition.Values {
				if parts := strings.SplitN(value, ":", 6); len(parts) >= 5 {
					value = parts[4] // the account of an ARN, whole or not
				}
				if strings.ContainsAny(value, "*?") {
					add(value)
				}
			}
		}
	}
	for n := 271828182845; len(found) == 0; n++ { // it names all of those
		add(strconv.Itoa(n))
	}
	return found
}

// crossAccountWants are what a trust policy needs: the destination and every owner
// as source account, which holds under either reading of it, and their images.
func crossAccountWants(d account.Destination) policy.Wants {
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
