package terraform

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// thousand is a tree of 1,000 files in one root module and 99 modules that it calls.
func thousand() fstest.MapFS {
	files := fstest.MapFS{}
	for m := range 100 {
		dir := fmt.Sprintf("modules/m%d/", m)
		if m == 0 {
			dir = ""
		}
		for f := range 10 {
			src := fmt.Sprintf(`
locals {
  name%[1]d = "${var.prefix}-%[1]d"
}

resource "aws_iam_role" "r%[1]d" {
  name        = local.name%[1]d
  description = "A role that is described here, at some length, as people do it."
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["imagebuilder.amazonaws.com", "ec2.amazonaws.com"] }
      Condition = { StringEquals = { "aws:SourceAccount" = [data.aws_caller_identity.c%[1]d.account_id] } }
    }]
  })
  tags = merge(var.tags, { Name = local.name%[1]d, Index = "%[1]d" })
}

data "aws_caller_identity" "c%[1]d" {}

resource "aws_iam_role_policy_attachment" "a%[1]d" {
  for_each   = toset(["one", "two", "three"])
  role       = aws_iam_role.r%[1]d.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_s3_bucket" "b%[1]d" {
  bucket = "bucket-${local.name%[1]d}"
  dynamic "rule" {
    for_each = range(3)
    content {
      days = rule.value * 10
    }
  }
}

output "role%[1]d" {
  value = aws_iam_role.r%[1]d.arn
}
`, f)
			if f == 0 {
				src += "variable \"prefix\" { default = \"p\" }\nvariable \"tags\" { default = {} }\n"
				if m == 0 {
					for k := range 99 {
						src += fmt.Sprintf("module \"m%d\" {\n  source = \"./modules/m%d\"\n  prefix = aws_iam_role.r%d.name\n}\n", k+1, k+1, k%10)
					}
				}
			}
			files[fmt.Sprintf("%sf%d.tf", dir, f)] = &fstest.MapFile{Data: []byte(src)}
		}
	}
	return files
}

// BenchmarkParse is what hclsyntax alone takes for the files of BenchmarkLoad.
func BenchmarkParse(b *testing.B) {
	files := thousand()
	for b.Loop() {
		for name, f := range files {
			if _, diags := hclsyntax.ParseConfig(f.Data, name, hcl.InitialPos); diags.HasErrors() {
				b.Fatal(diags)
			}
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	files := thousand()
	for name, types := range map[string]func(string) bool{
		"all":   nil,
		"roles": func(kind string) bool { return kind == "aws_iam_role" || kind == "aws_iam_role_policy_attachment" },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				c, err := Load(".", Options{FS: files, Types: types})
				if err != nil {
					b.Fatal(err)
				}
				if len(c.Files) != 1000 || len(c.Resources) < 4000 {
					b.Fatal(len(c.Files), len(c.Resources))
				}
			}
		})
	}
}
