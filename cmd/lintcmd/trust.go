package lintcmd

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/fatih/color"
	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy"
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
		Short: "Ask one trust policy, in a file, whether Image Builder may assume its role",
		Long: `Evaluate one trust policy document against one request, sts:AssumeRole by Image Builder, and tell what in it
decides. FILE is the document in JSON, - is standard input. No AWS account is needed, and none is read.

What is not given of the request is not known, and where the answer turns on it, it is undecidable: iblint
names the flag to give. The same holds of the request as in iblint check: no organization, tags, MFA, external
ID, IP address or VPC stands behind a service.

Exit codes, the same for every format:
  0  allowed
  1  denied
  2  FILE is not a trust policy, or wrong usage
  3  undecidable, or writing the answer failed`,
		Example: `  iblint trust trust.json --source-account 222233334444 \
      --source-arn arn:aws:imagebuilder:eu-west-1:111122223333:image/web/1.0.0/1
  iblint trust trust.json --source-account 111122223333 --source-arn '' --context aws:SourceOrgID=o-abcdefghij
  aws iam get-role --role-name NAME --query Role.AssumeRolePolicyDocument | iblint trust -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one file with a trust policy, or - for standard input")
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
	flags.StringVar(&f.sourceAccount, "source-account", "", "aws:SourceAccount of the request: 12 digits; '' for a request without it (default: not known)")
	flags.StringVar(&f.sourceARN, "source-arn", "", "aws:SourceArn of the request, with * and ? for what is not known of it; '' for a request without it (default: not known)")
	flags.StringVar(&f.principal, "principal", lifecycle.ServicePrincipal, "the service that asks")
	flags.StringArrayVar(&f.context, "context", nil, "KEY=VALUE of another condition key, which may be empty (repeatable; a key of several values: several times)")
	flags.StringArrayVar(&f.absent, "absent", nil, "KEY of a condition key that the request does not have (repeatable)")
	flags.StringVar(&f.format, "format", "text", "format of the answer: text or json")
	return c
}

func (f *trustFlags) run(s invocation, name string) (int, error) {
	formats := map[string]func(io.Writer, report.Answer, report.Options) error{"text": report.WriteAnswer, "json": report.WriteAnswerJSON}
	write := formats[f.format]
	if write == nil {
		return 0, usage("--format %s: expected text or json", f.format)
	}
	request, sentence, err := f.request()
	if err != nil {
		return 0, err
	}
	text, err := source.ReadFile(name, s.in, source.Limit{}.Small())
	if err != nil {
		return 0, err
	}
	if err := keepsInputs(s.out); err != nil {
		return 0, err
	}
	document, err := policy.Parse(policy.Trust, string(text))
	if err != nil {
		return 0, source.DecodeError(name, "a trust policy", text, err)
	}
	decision := policy.Evaluate(document, request)
	answer := report.Answer{
		Version: version(),
		Reason:  decision.Reason() + f.wanted(decision.UnknownKey()),
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
	if err := write(s.out, answer, report.Options{Color: s.out == os.Stdout && !color.NoColor}); err != nil {
		return 0, fmt.Errorf("the answer could not be written: %w", err)
	}
	return map[policy.Outcome]int{policy.Allowed: exitOK, policy.Denied: exitFail, policy.Undecidable: exitUndecided}[decision.Outcome], nil
}

var (
	serviceName  = regexp.MustCompile(`^[A-Za-z0-9.-]+$`)
	conditionKey = regexp.MustCompile(`^[A-Za-z0-9-]+:.+$`)
	plainKey     = regexp.MustCompile(`^[A-Za-z0-9:/_.-]{1,100}$`)
)

// request is what the flags ask, also as a sentence.
func (f *trustFlags) request() (*policy.Request, string, error) {
	switch {
	case !serviceName.MatchString(f.principal):
		return nil, "", usage("--principal %s: expected a service, such as %s", f.principal, lifecycle.ServicePrincipal)
	case f.sourceAccount != "" && !account.IsAccountID(f.sourceAccount):
		return nil, "", usage("--source-account %s: expected 12 digits, or '' for a request without it", f.sourceAccount)
	case f.sourceARN != "" && (!strings.HasPrefix(f.sourceARN, "arn:") || strings.Count(f.sourceARN, ":") < 5):
		return nil, "", usage("--source-arn %s: expected an ARN, arn:PARTITION:imagebuilder:REGION:ACCOUNT:RESOURCE, or '' for a request without it", f.sourceARN)
	}
	r := lifecycle.AssumeRole(f.principal)
	given := map[string]string{} // flags by key
	var told []string
	if f.accountGiven {
		given["aws:sourceaccount"] = "--source-account"
		told = append(told, set(r.Context, "aws:SourceAccount", f.sourceAccount))
	}
	if f.arnGiven {
		given["aws:sourcearn"] = "--source-arn"
		told = append(told, set(r.Context, "aws:SourceArn", f.sourceARN))
	}
	values := map[string][]string{}
	for _, text := range f.context {
		key, value, ok := strings.Cut(text, "=")
		lower := strings.ToLower(key)
		switch {
		case !ok || !conditionKey.MatchString(key):
			return nil, "", usage("--context %s: expected KEY=VALUE, such as aws:SourceOrgID=o-abcdefghij", text)
		case given[lower] != "" && given[lower] != "--context":
			return nil, "", usage("%s is given by %s and by --context", key, given[lower])
		}
		given[lower] = "--context"
		values[lower] = append(values[lower], value)
		r.Context.Set(key, policy.Known(values[lower]...))
		told = append(told, text)
	}
	for _, key := range f.absent {
		lower := strings.ToLower(key)
		switch {
		case !conditionKey.MatchString(key):
			return nil, "", usage("--absent %s: expected a condition key, such as aws:SourceOrgID", key)
		case given[lower] != "":
			return nil, "", usage("%s is given by %s and by --absent", key, given[lower])
		}
		given[lower] = "--absent"
		r.Context.Set(key, policy.Absent())
		told = append(told, "no "+key)
	}
	for _, key := range []string{"aws:SourceAccount", "aws:SourceArn"} {
		if given[strings.ToLower(key)] == "" {
			told = append(told, "unknown "+key)
		}
	}
	return r, "sts:AssumeRole by " + f.principal + " with " + strings.Join(told, ", "), nil
}

// set says that the request has a key with this value, or not at all, and tells it.
func set(context *policy.Context, key, value string) string {
	if value == "" {
		context.Set(key, policy.Absent())
		return "no " + key
	}
	context.Set(key, policy.Pattern(value))
	return key + " " + value
}

// wanted tells how to give the key that would decide.
func (f *trustFlags) wanted(key string) string {
	switch {
	case key == "":
		return ""
	case strings.EqualFold(key, "aws:SourceArn") && f.sourceARN != "":
		return "; give --source-arn without wildcards"
	case strings.EqualFold(key, "aws:SourceArn"):
		return "; give --source-arn"
	case strings.EqualFold(key, "aws:SourceAccount"):
		return "; give --source-account"
	case !plainKey.MatchString(key):
		key = "KEY"
	}
	return fmt.Sprintf("; give --context %s=VALUE, or --absent %s", key, key)
}
