# The owner of cmd/iblint/emulator_code_test.go, which creates the same by calls.

data "aws_partition" "this" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["imagebuilder.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "lifecycle" {
  for_each           = toset(["ImageBuilderLifecycle", "Limited", "Bare"])
  name               = each.key
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "lifecycle" {
  for_each   = toset(["ImageBuilderLifecycle", "Limited"])
  role       = aws_iam_role.lifecycle[each.key].name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}

resource "aws_iam_role_policy" "keep" {
  name = "Keep"
  role = aws_iam_role.lifecycle["Limited"].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Deny", Action = "ec2:DeregisterImage", Resource = "*" }
  })
}

locals {
  repositories = {
    "app/web" = { LifecycleExecutionAccess = "EC2 Image Builder" }
    "app/api" = { LifecycleExecutionAccess = "ec2 image builder" }
    "app/job" = { LifecycleExecutionAccess = "EC2 Image Builder" }
  }
}

resource "aws_ecr_repository" "app" {
  for_each = local.repositories
  name     = each.key
  tags     = each.value
}

resource "aws_ecr_repository_policy" "job" {
  repository = aws_ecr_repository.app["app/job"].name
  policy     = file("${path.module}/keep.json")
}

resource "aws_imagebuilder_container_recipe" "app" {
  for_each       = local.repositories
  name           = replace(each.key, "/", "-")
  version        = "1.0.0"
  container_type = "DOCKER"
  parent_image   = "public.ecr.aws/amazonlinux/amazonlinux:latest"
  target_repository {
    repository_name = aws_ecr_repository.app[each.key].name
    service         = "ECR"
  }
  component {
    component_arn = "arn:${data.aws_partition.this.partition}:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x"
  }
}

resource "aws_imagebuilder_distribution_configuration" "amis" {
  name = "amis"
  distribution {
    region = "eu-west-1"
    ami_distribution_configuration {
      target_account_ids = ["222233334444"]
    }
  }
}

resource "aws_imagebuilder_lifecycle_policy" "delete" {
  for_each = {
    ImageBuilderLifecycle = "CONTAINER_IMAGE"
    Limited               = "AMI_IMAGE"
    Bare                  = "AMI_IMAGE"
  }
  name           = "delete-${lower(each.key)}"
  execution_role = aws_iam_role.lifecycle[each.key].arn
  resource_type  = each.value
  policy_detail {
    action {
      type = "DELETE"
      include_resources {
        amis       = each.value == "AMI_IMAGE"
        snapshots  = each.value == "AMI_IMAGE"
        containers = each.value == "CONTAINER_IMAGE"
      }
    }
    filter {
      type            = "AGE"
      value           = 6
      unit            = "MONTHS"
      retain_at_least = 1
    }
  }
  resource_selection {
    tag_map = { team = lower(each.key) }
  }
}
