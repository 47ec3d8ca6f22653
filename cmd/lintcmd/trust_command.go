package lintcmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/report"
)

type trustFlags struct {
	sourceAccount, sourceARN, principal string
	accountGiven, arnGiven              bool
	context, absent                     []string
	format                              string
}

func trustCommand(s invocation, code *int) *cobra.Command {
	var f trustFlags
	c := &cobra.Command{
		Use:   "trust FILE",
		Short: "Evaluate a trust policy: may Image Builder assume the role?",
		Long: `Evaluate a trust policy for one request, sts:AssumeRole by Image Builder, and print which statements and
conditions decide. FILE is the policy document in JSON; - is standard input. iblint does not access AWS.

Condition keys that the flags do not set are unknown. If the result depends on one, it is undecidable, and iblint
names the flag that sets the key. As in iblint check, a request by a service has no keys for an organization,
principal tags, MFA, external ID, IP address or VPC.

Exit codes, the same for every format:
  0  allowed
  1  denied
  2  FILE is not a trust policy, or wrong usage
  3  undecidable, or writing the result failed`,
		Example: `  iblint trust trust.json --source-account 222233334444 \
      --source-arn arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/1
  iblint trust trust.json --source-account 111122223333 --source-arn '' \
      --context aws:SourceOrgID=o-abcdefghij
  aws iam get-role --role-name NAME --query Role.AssumeRolePolicyDocument |
      iblint trust -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("expected one file with a trust policy, or - for standard input")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.accountGiven, f.arnGiven = c.Flags().Changed("source-account"), c.Flags().Changed("source-arn")
			var err error
			*code, err = f.run(s, args[0])
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.sourceAccount, "source-account", "", "aws:SourceAccount; '' if there is none (default: unknown)")
	flags.StringVar(&f.sourceARN, "source-arn", "", "aws:SourceArn, also with * and ?; '' if there is none (default: unknown)")
	flags.StringVar(&f.principal, "principal", lifecycle.ServicePrincipal, "service that makes the request")
	flags.StringArrayVar(&f.context, "context", nil, "another condition key; repeat KEY for several values")
	flags.StringArrayVar(&f.absent, "absent", nil, "condition key that the request does not have")
	flags.StringVar(&f.format, "format", "text", "text or json")
	return c
}

func (f *trustFlags) run(s invocation, name string) (int, error) {
	write, err := textOrJSON(f.format, report.WriteAnswer, report.WriteAnswerJSON)
	if err != nil {
		return 0, err
	}
	request, sentence, err := f.request()
	if err != nil {
		return 0, err
	}
	text, err := s.inputs.ReadFile(name, s.in, source.Limit{}.Small())
	if err != nil {
		return 0, err
	}
	if err := s.checkStdout(); err != nil {
		return 0, err
	}
	document, err := policy.Parse(policy.Trust, string(text))
	if err != nil {
		return 0, source.DecodeError(name, "a trust policy", text, err)
	}
	decision := policy.Evaluate(document, request)
	answer := report.Answer{
		Version: version(),
		Reason:  decision.Reason() + f.missingFlag(decision.UnknownKey()),
		Trace:   checks.Trace{Policy: "trust policy", Request: sentence, Trace: decision.Trace()},
		Notes:   policy.Lint(policy.Trust, string(text)),
	}
	if decision.Outcome == policy.Denied {
		values := map[string][]string{}
		for key, value := range map[string]string{"aws:SourceAccount": f.sourceAccount, "aws:SourceArn": f.sourceARN} {
			if value != "" {
				values[key] = []string{value}
			}
		}
		if before, after, ok := lifecycle.FixTrust(string(text), request, values); ok {
			answer.Before, answer.After = before, after
		}
	}
	if err := write(s.out, answer, s.forPeople()); err != nil && !isClosedPipe(err) {
		return 0, fmt.Errorf("cannot write the result: %w", err)
	}
	return map[policy.Outcome]int{policy.Allowed: exitOK, policy.Denied: exitFail, policy.Undecidable: exitUndecided}[decision.Outcome], nil
}

var (
	serviceName  = lazyregexp.New(`^[A-Za-z0-9.-]+$`)
	conditionKey = lazyregexp.New(`^[A-Za-z0-9-]+:.+$`)
	plainKey     = lazyregexp.New(`^[A-Za-z0-9:/_.-]{1,100}$`)
)

// request returns the request that the flags describe, also as a sentence.
func (f *trustFlags) request() (*policy.Request, string, error) {
	switch {
	case !serviceName().MatchString(f.principal):
		return nil, "", usage("--principal %s: expected a service principal, such as %s", f.principal, lifecycle.ServicePrincipal)
	case f.sourceAccount != "" && !account.IsAccountID(f.sourceAccount):
		return nil, "", usage("--source-account %s: expected 12 digits, or '' for a request without it", f.sourceAccount)
	case f.sourceARN != "" && (!strings.HasPrefix(f.sourceARN, "arn:") || strings.Count(f.sourceARN, ":") < 5):
		return nil, "", usage("--source-arn %s: expected an ARN, arn:PARTITION:imagebuilder:REGION:ACCOUNT:RESOURCE, or '' for a request without it", f.sourceARN)
	}
	r := lifecycle.AssumeRole(f.principal)
	given := map[string]string{} // flag by lower-case condition key
	var parts []string           // of the sentence
	if f.accountGiven {
		given["aws:sourceaccount"] = "--source-account"
		parts = append(parts, set(r.Context, "aws:SourceAccount", f.sourceAccount))
	}
	if f.arnGiven {
		given["aws:sourcearn"] = "--source-arn"
		parts = append(parts, set(r.Context, "aws:SourceArn", f.sourceARN))
	}
	values := map[string][]string{}
	for _, text := range f.context {
		key, value, ok := strings.Cut(text, "=")
		lower := strings.ToLower(key)
		switch {
		case !ok || !conditionKey().MatchString(key):
			return nil, "", usage("--context %s: expected KEY=VALUE, such as aws:SourceOrgID=o-abcdefghij", text)
		case given[lower] != "" && given[lower] != "--context":
			return nil, "", usage("%s is set by both %s and --context; remove one", key, given[lower])
		}
		given[lower] = "--context"
		values[lower] = append(values[lower], value)
		r.Context.Set(key, policy.Known(values[lower]...))
		parts = append(parts, text)
	}
	for _, key := range f.absent {
		lower := strings.ToLower(key)
		switch {
		case !conditionKey().MatchString(key):
			return nil, "", usage("--absent %s: expected a condition key, such as aws:SourceOrgID", key)
		case given[lower] != "":
			return nil, "", usage("%s is set by both %s and --absent; remove one", key, given[lower])
		}
		given[lower] = "--absent"
		r.Context.Set(key, policy.Absent())
		parts = append(parts, "no "+key)
	}
	for _, key := range []string{"aws:SourceAccount", "aws:SourceArn"} {
		if given[strings.ToLower(key)] == "" {
			parts = append(parts, "unknown "+key)
		}
	}
	return r, "sts:AssumeRole by " + f.principal + " with " + strings.Join(parts, ", "), nil
}

// set sets a key of the request to value, or to absent if value is empty, and returns its
// part of the sentence.
func set(context *policy.Context, key, value string) string {
	if value == "" {
		context.Set(key, policy.Absent())
		return "no " + key
	}
	context.Set(key, policy.Pattern(value))
	return key + " " + value
}

// missingFlag returns the advice which flag sets the condition key that the result depends
// on, or "".
func (f *trustFlags) missingFlag(key string) string {
	switch {
	case key == "":
		return ""
	case strings.EqualFold(key, "aws:SourceArn") && f.sourceARN != "":
		return "; set --source-arn without wildcards"
	case strings.EqualFold(key, "aws:SourceArn"):
		return "; set --source-arn"
	case strings.EqualFold(key, "aws:SourceAccount"):
		return "; set --source-account"
	case !plainKey().MatchString(key):
		key = "KEY"
	}
	return fmt.Sprintf("; set --context %s=VALUE, or --absent %s", key, key)
}
