resource "aws_iam_role" "receiver" {
  name               = "Ec2ImageBuilderCrossAccountLifecycleAccess"
  assume_role_policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow",
        "Principal": { "Service": "imagebuilder.amazonaws.com" },
        "Action": "sts:AssumeRole"
      }
    }
  JSON
}

resource "aws_iam_role_policy_attachment" "receiver" {
  role       = aws_iam_role.receiver.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}
