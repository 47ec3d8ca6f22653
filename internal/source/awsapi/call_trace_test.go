package awsapi

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/iblint/iblint/internal/fakeaws"
)

// The trace has a line for each call, in a fixed form without secrets.
func TestTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			switch {
			case c.Action() == "iam:ListRoles":
				return fakeaws.Deny
			case c.Action() == "ecr:ListTagsForResource":
				return fakeaws.Reset
			}
			return fakeaws.None
		}})
		var trace bytes.Buffer
		a := reading(server, inv)
		a.Debug = &trace
		load(t, t.Context(), a, inv)

		line := regexp.MustCompile(`^call: [A-Za-z ]+ [A-Za-z]+, account ([0-9]{12}|of the credentials), Region [a-z0-9-]+: (ok|"[A-Za-z]+"|no response)$`)
		for got := range strings.Lines(trace.String()) {
			if !line.MatchString(strings.TrimSuffix(got, "\n")) {
				t.Errorf("a line of another form: %q", got)
			}
		}
		for _, want := range []string{
			"call: Resource Groups Tagging API GetResources, account " + owner + ", Region eu-west-1: ok\n",
			"call: IAM GetRole, account " + owner + ", Region us-east-1: ok\n",
			"call: IAM GetRole, account " + destinationB + `, Region us-east-1: "NoSuchEntity"` + "\n",
			"call: IAM ListRoles, account " + destinationB + `, Region us-east-1: "AccessDenied"` + "\n",
			"call: ECR ListTagsForResource, account " + owner + ", Region eu-west-1: no response\n",
		} {
			if !strings.Contains(trace.String(), want) {
				t.Errorf("the trace lacks %q:\n%s", want, trace.String())
			}
		}
		for _, secret := range []string{baseSecret, fakeaws.Key(auditor), fakeaws.Secret, fakeaws.SessionToken, "ASIA", "iblint-" + owner} {
			if strings.Contains(trace.String(), secret) {
				t.Errorf("the trace holds %q", secret)
			}
		}
	})
}
