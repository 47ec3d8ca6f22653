
locals { names = { a = "one", b = "two" } }
resource "aws_iam_role" "r" {
  for_each = local.names
  name = each.value
  assume_role_policy = jsonencode({Version="2012-10-17",Statement=[{Effect="Allow",Action="sts:AssumeRole",Principal={Service="imagebuilder.amazonaws.com"}}]})
}
resource "aws_iam_role_policy_attachment" "r" {
  for_each = aws_iam_role.r
  role = each.value.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}

resource "aws_imagebuilder_lifecycle_policy" "p" {
  name = "keep"
  execution_role = aws_iam_role.r["b"].arn
  resource_type = "AMI_IMAGE"
  
  policy_detail {
    action {
      type = "DELETE"
      include_resources {
        amis = true
 snapshots = true
      }
    }
    filter {
      type="AGE"
value=90
unit="DAYS"
    }
  }
  resource_selection {
    tag_map = { a = "b" }
  }
}
