//go:build emulator

package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
)

// roleOrRepository matches the checks of what moto's CloudFormation deploys. It ignores Image
// Builder.
var roleOrRepository = regexp.MustCompile(`^(execution-role|cross-account-role|ecr-repository)-`)

// testTemplates deploys templates of fixtures/code, reads live what they became, and expects the
// verdicts that the templates themselves get. The fixtures are those whose role has a name, so that
// a lifecycle policy can be given to the live run. moto keeps items of lists that are AWS::NoValue.
func (e *emulator) testTemplates(t *testing.T) {
	const janitor = "image-janitor"
	compared := map[checks.Status]int{}
	for name, test := range map[string]struct {
		templates  map[string]string // by account; only images.yaml for the owner if nil
		repository string
	}{
		"ami-plain":          {},
		"boundary":           {},
		"container-tag-case": {repository: "team/shop"},
		"container-tagged":   {repository: "team/shop"},
		"join":               {},
		"own-managed-policy": {},
		"policy-with-roles":  {},
		"repository-deny":    {repository: "team/shop"},
		"role-name-default":  {},
		"sub-two-forms":      {},
		"trust-service":      {},
		"destination":        {templates: map[string]string{owner: "infra/hub.yaml", destination: "receiver/receiver.yaml"}},
		"destination-open":   {templates: map[string]string{owner: "infra/hub.yaml", destination: "receiver/receiver.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			e.reset(t)
			fixture, err := filepath.Abs("../../fixtures/code/template-" + name)
			must(t, err)
			if test.templates == nil {
				test.templates = map[string]string{owner: "infra/images.yaml"}
			}
			code := []string{"--owner", owner, "--region", region}
			live := []string{"--owner", owner, "--region", region}
			for id, template := range test.templates {
				file := filepath.Join(fixture, template)
				e.deploy(t, id, file)
				code = append(code, id+"="+file)
				if id != owner {
					live = append(live, "--destination", id+"=arn:aws:iam::"+id+":role/Audit")
				}
			}
			if test.repository == "" {
				live = append(live, deleting(t, owner, janitor)...)
			} else {
				live = append(append(live, "--repository", test.repository), deletingContainers(t, owner, janitor)...)
			}
			environment := append(e.environment(t, e.enter(t, "aws", owner, "Setup").environment(region)...), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))
			deployed, _ := e.check(t, environment, live...)
			declared, _ := e.check(t, []string{"PATH="}, code...)
			verdicts := deployed.ofRolesAndRepositories()
			if diff := gocmp.Diff(verdicts, declared.ofRolesAndRepositories()); diff != "" {
				t.Errorf("the template gets other verdicts than what it became (-live +template):\n%s", diff)
			}
			for _, status := range verdicts {
				compared[status]++
			}
		})
	}
	if compared[checks.Pass] < 40 || compared[checks.Warn] < 2 || compared[checks.Fail] < 4 || compared[checks.Unknown] > 0 {
		t.Errorf("compared: %v", compared)
	}
}

// ofRolesAndRepositories are the statuses of what templates deploy on moto, by check and subject.
func (r result) ofRolesAndRepositories() map[string]checks.Status {
	all := map[string]checks.Status{}
	for _, f := range r.Findings {
		if roleOrRepository.MatchString(f.Check) {
			all[f.Check+" of "+f.Subject.ARN] = f.Status
		}
	}
	return all
}

// deploy deploys a template in an account with the AWS CLI.
func (e *emulator) deploy(t *testing.T, id, file string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "aws", "cloudformation", "deploy", "--template-file", file, "--stack-name", "images", "--capabilities", "CAPABILITY_NAMED_IAM")
	c.Env = e.environment(t, e.enter(t, "aws", id, "Setup").environment(region)...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
}
