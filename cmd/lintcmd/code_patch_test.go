package lintcmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iblint/iblint/cmd/lintcmd"
)

// A container recipe makes a repository a subject, which then lacks its tag.
const untagged = `resource "aws_ecr_repository" "NAME" {
  name = "NAME"
}

resource "aws_imagebuilder_container_recipe" "NAME" {
  name           = "NAME"
  version        = "1.0.0"
  container_type = "DOCKER"
  target_repository {
    service         = "ECR"
    repository_name = aws_ecr_repository.NAME.name
  }
}
`

func untaggedRepositories(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(strings.ReplaceAll(untagged, "NAME", name) + "\n")
	}
	return b.String()
}

// patched runs remediate --as patch with the code of an account.
func patched(t *testing.T, paths ...string) (patch, notes string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := append([]string{"remediate", "--as", "patch", "--owner", "111122223333", "--region", "eu-west-1"}, paths...)
	code = lintcmd.Run(args, nil, &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever a file is called and however its lines end, git applies the patch, and one patch is
// enough.
func TestPatchOfOddFiles(t *testing.T) {
	one := untaggedRepositories("one", "two")
	for _, test := range []struct{ name, file, content string }{
		{"plain", "infra/main.tf", one},
		{"CRLF", "infra/main.tf", strings.ReplaceAll(one, "\n", "\r\n")},
		{"no line feed at the end", "infra/main.tf", strings.TrimSpace(one)},
		{"CRLF without the last", "infra/main.tf", strings.ReplaceAll(strings.TrimSpace(one), "\n", "\r\n")},
		{"byte order mark", "infra/main.tf", "\xEF\xBB\xBF" + one},
		{"spaces in the name", "my infra/the main file.tf", one},
		{"odd characters in the name", "infra/a\"b\\c\tdé.tf", one},
		{"a name that looks like a date", "infra/x 2020-01-01 10:00:00.tf", one},
		{"the directory itself", "main.tf", one},
		{"dots in the path", "infra/../infra/main.tf", one},
		{"blocks in one line", "infra/main.tf", strings.NewReplacer("\" {\n  name = ", "\" { name = ", "\"\n}\n\nresource \"aws_imagebuilder", "\" }\nresource \"aws_imagebuilder").Replace(one)},
		{"not formatted", "infra/main.tf", strings.ReplaceAll(one, "  name =", "\tname  =")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, test.file, test.content)
			patch, notes, code := patched(t, filepath.Dir(test.file))
			if code != 1 || notes != "" {
				t.Fatalf("exit %d, %s", code, notes)
			}
			apply(t, patch)
			after, err := os.ReadFile(test.file)
			if err != nil || strings.Count(string(after), "LifecycleExecutionAccess") != 2 {
				t.Fatalf("%v: %s", err, after)
			}
			if strings.Contains(test.content, "\r\n") && strings.Count(string(after), "\n") != strings.Count(string(after), "\r\n") {
				t.Errorf("line ends are mixed: %q", after)
			}
			if patch, notes, code := patched(t, filepath.Dir(test.file)); patch != "" || code != 0 {
				t.Errorf("exit %d, %s\n%s\n%s", code, notes, patch, after)
			}
		})
	}
}

// A resource is added after the last line of a file, however that ends.
func TestPatchAddsToTheEnd(t *testing.T) {
	code := `resource "aws_imagebuilder_lifecycle_policy" "keep" {
  name           = "keep-recent"
  execution_role = aws_iam_role.expiry.arn
  resource_type  = "AMI_IMAGE"
  policy_detail {
    action {
      type = "DELETE"
      include_resources {
        amis      = true
        snapshots = true
      }
    }
    filter {
      type  = "AGE"
      value = 90
      unit  = "DAYS"
    }
  }
  resource_selection {
    tag_map = { Expires = "yes" }
  }
}

resource "aws_iam_role" "expiry" {
  name               = "expiry"
  assume_role_policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": {\"Service\": \"imagebuilder.amazonaws.com\"}}]}"
}`
	for _, end := range []string{"", "\n", "\n\n", "\r\n", "   ", " # the end", "\n# the end"} {
		t.Run(end, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if strings.Contains(end, "\r") {
				code = strings.ReplaceAll(code, "\n", "\r\n")
			}
			writeFile(t, "main.tf", code+end)
			patch, notes, exit := patched(t, ".")
			if exit != 1 || notes != "" {
				t.Fatalf("exit %d, %s", exit, notes)
			}
			apply(t, patch)
			if patch, notes, exit := patched(t, "."); exit != 0 || patch != "" {
				t.Errorf("exit %d: %s%s", exit, notes, patch)
			}
		})
	}
}

// Git names no files outside of the working directory, and follows no symbolic links.
func TestPatchNamesFilesForGit(t *testing.T) {
	work := t.TempDir()
	t.Chdir(work)
	writeFile(t, "code/main.tf", untaggedRepositories("one"))
	if err := os.Symlink("code", "link"); err != nil {
		t.Fatal(err)
	}
	patch, _, _ := patched(t, "link")
	if !strings.Contains(patch, "+++ b/code/main.tf\n") {
		t.Errorf("got %s", patch)
	}
	apply(t, patch)

	writeFile(t, "code/main.tf", untaggedRepositories("one"))
	patch, _, _ = patched(t, filepath.Join(work, "code"))
	if !strings.Contains(patch, "+++ b/code/main.tf\n") {
		t.Errorf("with an absolute path: got %s", patch)
	}

	writeFile(t, "elsewhere/x", "")
	t.Chdir("elsewhere")
	patch, notes, code := patched(t, "../code")
	if patch != "" || code != 1 || !strings.Contains(notes, "is outside of the working directory, so no patch can name it") {
		t.Errorf("exit %d: %s%s", code, notes, patch)
	}
}

// A patch is printed as it is, so nothing is in it that a terminal or a CI system would run.
func TestPatchContainsNoCommands(t *testing.T) {
	for _, hostile := range []string{"::error::x", "  ::set-output name=x::y", "##vso[task.setvariable]", "\x1b[31m", "section_start:1:x", "\u202e"} {
		t.Run(hostile, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, "main.tf", strings.Replace(untaggedRepositories("one"), "  name = ", "/*\n"+hostile+"\n*/\n  name = ", 1))
			patch, notes, code := patched(t, ".")
			if patch != "" || code != 1 || !strings.Contains(notes, "change it by hand") {
				t.Errorf("exit %d: %q %q", code, notes, patch)
			}
		})
	}
}

// Modules that terraform init installed are not edited, and neither is code in JSON.
func TestPatchLeavesOthersCode(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "infra/main.tf", `module "repository" {
  source = "example/repository/aws"
}
`)
	writeFile(t, "infra/.terraform/modules/modules.json", `{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"repository","Source":"registry.terraform.io/example/repository/aws","Version":"1.0.0","Dir":".terraform/modules/repository"}]}`)
	writeFile(t, "infra/.terraform/modules/repository/main.tf", untaggedRepositories("one"))
	writeFile(t, "infra/more.tf.json", `{"resource": {"aws_ecr_repository": {"two": {"name": "two"}}, "aws_imagebuilder_container_recipe": {"two": {"name": "two", "version": "1.0.0", "container_type": "DOCKER", "target_repository": {"service": "ECR", "repository_name": "two"}}}}}`)
	patch, notes, code := patched(t, "infra")
	if patch != "" || code != 1 || strings.Count(notes, "iblint: not in the patch: ecr-repository-tag of ") != 2 || !strings.Contains(notes, "\n    tags = {\n      LifecycleExecutionAccess = \"EC2 Image Builder\"\n    }\n") {
		t.Errorf("exit %d: %s%s", code, notes, patch)
	}
}
