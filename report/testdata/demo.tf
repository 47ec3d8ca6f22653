# Changes that fix the problems found by iblint v1.2.3 in accounts read 2026-11-01 06:00:00 UTC.
# iblint itself has not changed anything.
# Review this configuration, give each provider the credentials of its account (profile or assume_role),
# and apply it in a new directory. Keep that directory, and apply no other configuration in it: Terraform
# destroys the resources that are not in the configuration. To undo, remove a resource and apply, or
# change the resource as its undo comment says. Imported resources existed before: run terraform state
# rm before you remove one, or Terraform destroys it. If Terraform already manages a resource, change
# it in that configuration instead.
# Then run iblint again: some checks can be completed only after these changes.
# DESTRUCTIVE: in account 333344445555, role EC2ImageBuilderCrossAccountLifecycleAccess must be deleted, because its name conflicts with the name of the required role.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.8"
    }
  }
}

provider "aws" {
  alias               = "account_111122223333"
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "account_111122223333_eu_west_1"
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "account_222233334444"
  region              = "eu-west-1"
  allowed_account_ids = ["222233334444"]
}

provider "aws" {
  alias               = "account_333344445555"
  region              = "eu-west-1"
  allowed_account_ids = ["333344445555"]
}

provider "aws" {
  alias               = "account_444455556666"
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}

# Account 111122223333
# A resource share, a recipe or a launch permission may be in use by other accounts. First ask them.
# An enabled lifecycle policy with a DELETE rule deletes resources within a day. First check which image resources it selects.
# Updating a lifecycle policy requires iam:PassRole on its execution role.
# Updating a lifecycle policy requires iam:PassRole on the role.
# An enabled lifecycle policy with a DELETE rule deletes resources within a day of this fix.

# execution-role-trust: Image Builder can assume role ImageBuilderLifecycle, and so can service ec2.amazonaws.com
# Manual step, because iblint did not check whether this role exists:
# aws iam get-role --role-name EC2ImageBuilderLifecycleExecutionRole --query Role.Arn --output text || aws iam create-role --role-name EC2ImageBuilderLifecycleExecutionRole --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
# undo, only if the command above created the role: aws iam delete-role --role-name EC2ImageBuilderLifecycleExecutionRole

resource "aws_iam_role_policy_attachment" "EC2ImageBuilderLifecycleExecutionRole_111122223333" {
  provider   = aws.account_111122223333
  role       = "EC2ImageBuilderLifecycleExecutionRole"
  policy_arn = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}

# ecr-repository-tag: repository app/api in eu-west-1 does not have the tag LifecycleExecutionAccess = "EC2 Image Builder"
# undo: remove the tag "LifecycleExecutionAccess"
import {
  to = aws_ecr_repository.app_api_111122223333
  id = "app/api"
}

resource "aws_ecr_repository" "app_api_111122223333" {
  provider = aws.account_111122223333_eu_west_1
  name     = "app/api"
  tags = merge(data.aws_ecr_repository.app_api_111122223333.tags, {
    LifecycleExecutionAccess = "EC2 Image Builder"
  })

  lifecycle {
    ignore_changes  = [encryption_configuration, force_delete, image_scanning_configuration, image_tag_mutability, image_tag_mutability_exclusion_filter]
    prevent_destroy = true
  }
}

data "aws_ecr_repository" "app_api_111122223333" {
  provider = aws.account_111122223333_eu_west_1
  name     = "app/api"
}

# ecr-repository-tag: repository app/base in eu-west-1: the tag's value is "EC2 Image Builder " instead of "EC2 Image Builder": it has leading or trailing white space
# undo: set the tag "LifecycleExecutionAccess" to "EC2 Image Builder "
import {
  to = aws_ecr_repository.app_base_111122223333
  id = "app/base"
}

resource "aws_ecr_repository" "app_base_111122223333" {
  provider = aws.account_111122223333_eu_west_1
  name     = "app/base"
  tags = merge(data.aws_ecr_repository.app_base_111122223333.tags, {
    LifecycleExecutionAccess = "EC2 Image Builder"
  })

  lifecycle {
    ignore_changes  = [encryption_configuration, force_delete, image_scanning_configuration, image_tag_mutability, image_tag_mutability_exclusion_filter]
    prevent_destroy = true
  }
}

data "aws_ecr_repository" "app_base_111122223333" {
  provider = aws.account_111122223333_eu_west_1
  name     = "app/base"
}

# ecr-repository-tag: repository app/tools in eu-west-1 has the tag key lifecycleexecutionaccess instead of LifecycleExecutionAccess; IAM may accept it, but the guide requires the exact key
# undo: remove the tag "LifecycleExecutionAccess"
# undo: set the tag "lifecycleexecutionaccess" to "EC2 Image Builder"
import {
  to = aws_ecr_repository.app_tools_111122223333
  id = "app/tools"
}

resource "aws_ecr_repository" "app_tools_111122223333" {
  provider = aws.account_111122223333_eu_west_1
  name     = "app/tools"
  tags = { for key, value in merge(data.aws_ecr_repository.app_tools_111122223333.tags, {
    LifecycleExecutionAccess = "EC2 Image Builder"
  }) : key => value if key != "lifecycleexecutionaccess" }

  lifecycle {
    ignore_changes  = [encryption_configuration, force_delete, image_scanning_configuration, image_tag_mutability, image_tag_mutability_exclusion_filter]
    prevent_destroy = true
  }
}

data "aws_ecr_repository" "app_tools_111122223333" {
  provider = aws.account_111122223333_eu_west_1
  name     = "app/tools"
}


# execution-role-trust: Image Builder can assume role ImageBuilderLifecycle, and so can service ec2.amazonaws.com
# If a Terraform configuration manages the lifecycle policies, change it there: execution_role = "arn:aws:iam::111122223333:role/EC2ImageBuilderLifecycleExecutionRole"
# Otherwise, run:
# for each lifecycle policy that names ImageBuilderLifecycle
# arns=$(aws imagebuilder list-lifecycle-policies --region eu-west-1 --query 'lifecyclePolicySummaryList[?executionRole=='\''ImageBuilderLifecycle'\''].arn' --output text)
# for arn in $arns; do file=111122223333.eu-west-1."${arn##*/}".execution-role.lifecycle-policy; aws imagebuilder get-lifecycle-policy --region eu-west-1 --lifecycle-policy-arn "$arn" --query lifecyclePolicy --output json > "$file-before.json"; jq --arg role arn:aws:iam::111122223333:role/EC2ImageBuilderLifecycleExecutionRole '.executionRole = $role | {lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' "$file-before.json" > "$file-after.json"; aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json "file://$file-after.json"; done
# undo: for f in 111122223333.eu-west-1.*.execution-role.lifecycle-policy-before.json; do jq '{lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' "$f" > "$f.undo" && aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json "file://$f.undo"; done

# lifecycle-policy-actions: lifecycle policy old-windows in eu-west-1: rule 1 deletes image resources and leaves their AMIs and snapshots behind, which Image Builder can then no longer find
# If a Terraform configuration manages the lifecycle policy, change it there: in policy_detail 1, set in action.include_resources: amis = true, snapshots = true
# Otherwise, run:
# aws imagebuilder get-lifecycle-policy --region eu-west-1 --lifecycle-policy-arn arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/old-windows --query lifecyclePolicy --output json > 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-before.json  # keep this file: the undo needs it
# jq '.policyDetails[0].action.includeResources += {"amis":true,"snapshots":true} | {lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-before.json > 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-after.json
# aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json file://111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-after.json
# undo: jq '{lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-before.json > 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-undo.json && aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json file://111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-undo.json

# image-dependencies: lifecycle policy old-amis in eu-west-1: a DISABLE rule removes the launch permissions of AMIs for good, and the distribution settings give them to account 555566667777
# Manual step, because a person has to decide what the policy should do:
# aws imagebuilder get-lifecycle-policy --region eu-west-1 --lifecycle-policy-arn arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/old-amis --query lifecyclePolicy --output json | jq '{lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' > 111122223333.eu-west-1.old-amis.lifecycle-policy.json
# edit 111122223333.eu-west-1.old-amis.lifecycle-policy.json: protect these images: add one of their tags to exclusionRules.tagMap of the rule
# then run: aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json file://111122223333.eu-west-1.old-amis.lifecycle-policy.json

# lifecycle-policy-retention: lifecycle policy old-containers in eu-west-1: rule 1 (DELETE, COUNT 3) keeps all 5 images in 5 versions of api: it counts per recipe version, and no version has more than 3
# Manual step, because a person has to decide what the policy should do:
# aws imagebuilder get-lifecycle-policy --region eu-west-1 --lifecycle-policy-arn arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/old-containers --query lifecyclePolicy --output json | jq '{lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' > 111122223333.eu-west-1.old-containers.lifecycle-policy.json
# edit 111122223333.eu-west-1.old-containers.lifecycle-policy.json: to delete by age instead, set policyDetails[0].filter to {"type": "AGE", "value": 90, "unit": "DAYS"} with your own age; or build new images of the same recipe version, which raises only the build number
# then run: aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json file://111122223333.eu-west-1.old-containers.lifecycle-policy.json

# lifecycle-policy-last-run: lifecycle policy old-amis in eu-west-1: the last run, which started on 2026-10-31 02:00 UTC, failed for AMI ami-0a1b2c3d4e5f60002 in account 222233334444 in eu-west-1: You are not authorized to perform this operation; and for 1 more
# Manual step, because a person has to find out why the run failed, or does not end:
# aws imagebuilder list-lifecycle-executions --region eu-west-1 --resource-arn arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/old-amis
# aws imagebuilder list-lifecycle-execution-resources --region eu-west-1 --lifecycle-execution-id lce-0a1b2c3d-0000-4000-8000-000000000001
# for the AMIs, snapshots and container images of an image, add: --parent-resource-id IMAGE_ARN
# if the run does not end, run: aws imagebuilder cancel-lifecycle-execution --region eu-west-1 --lifecycle-execution-id lce-0a1b2c3d-0000-4000-8000-000000000001

# Account 222233334444
# IAM changes take seconds to minutes to take effect everywhere.

# cross-account-role-permissions: role Ec2ImageBuilderCrossAccountLifecycleAccess lacks permissions that lifecycle rules need: ec2:DeregisterImage on AMIs in eu-west-1 (denied by inline policy KeepProduction, statement 1 ("KeepProduction")); ec2:DeleteSnapshot on snapshots in eu-west-1 (denied by inline policy KeepProduction, statement 1 ("KeepProduction"))
# undo: policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"KeepProduction\",\"Effect\":\"Deny\",\"Action\":[\"ec2:DeregisterImage\",\"ec2:DeleteSnapshot\",\"ec2:TerminateInstances\"],\"Resource\":\"*\"}]}"
import {
  to = aws_iam_role_policy.Ec2ImageBuilderCrossAccountLifecycleAccess_KeepProduction_222233334444
  id = "Ec2ImageBuilderCrossAccountLifecycleAccess:KeepProduction"
}

resource "aws_iam_role_policy" "Ec2ImageBuilderCrossAccountLifecycleAccess_KeepProduction_222233334444" {
  provider = aws.account_222233334444
  role     = "Ec2ImageBuilderCrossAccountLifecycleAccess"
  name     = "KeepProduction"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "KeepProduction"
      Effect   = "Deny"
      Action   = ["ec2:TerminateInstances"]
      Resource = "*"
    }]
  })

  lifecycle {
    prevent_destroy = true
  }
}

# Account 333344445555
# This deletes a role. First check whether anything else uses it (RoleLastUsed), and keep the files that the commands save.
# Other policies that name the role keep the ID of the deleted role; they do not match the new role.
# If CloudFormation or Terraform manages the role, change it there; otherwise the old role is created again.

# cross-account-role-exists: role EC2ImageBuilderCrossAccountLifecycleAccess differs in letter case from the required Ec2ImageBuilderCrossAccountLifecycleAccess, so Image Builder does not find it
# Manual step, because the role must be deleted before this configuration is applied:
# DESTRUCTIVE: deletes role EC2ImageBuilderCrossAccountLifecycleAccess. Keep the saved files: they are required to create it again.
# if aws iam get-role --role-name EC2ImageBuilderCrossAccountLifecycleAccess --output json > 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json.new && jq -e --arg role /EC2ImageBuilderCrossAccountLifecycleAccess '.Role.Path + .Role.RoleName == $role' 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json.new > /dev/null; then
# mv 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json.new 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json
# for a in $(aws iam list-attached-role-policies --role-name EC2ImageBuilderCrossAccountLifecycleAccess --query 'AttachedPolicies[].PolicyArn' --output text); do echo "$a" >> 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.attached.txt && aws iam detach-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-arn "$a"; done
# for p in $(aws iam list-role-policies --role-name EC2ImageBuilderCrossAccountLifecycleAccess --query 'PolicyNames[]' --output text); do aws iam get-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-name "$p" --query PolicyDocument --output json > 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.inline-policy."$p".json && aws iam delete-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-name "$p"; done
# for i in $(aws iam list-instance-profiles-for-role --role-name EC2ImageBuilderCrossAccountLifecycleAccess --query 'InstanceProfiles[].InstanceProfileName' --output text); do echo "$i" >> 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.instance-profiles.txt && aws iam remove-role-from-instance-profile --instance-profile-name "$i" --role-name EC2ImageBuilderCrossAccountLifecycleAccess; done
# test -s 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json && aws iam delete-role --role-name EC2ImageBuilderCrossAccountLifecycleAccess
# else printf '%s\n' 'role EC2ImageBuilderCrossAccountLifecycleAccess with path / does not exist any more; run iblint again' >&2; false; fi
# undo: if test -e 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.instance-profiles.txt; then while read -r i; do aws iam add-role-to-instance-profile --instance-profile-name "$i" --role-name EC2ImageBuilderCrossAccountLifecycleAccess; done < 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.instance-profiles.txt; fi
# undo: for f in 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.inline-policy.*.json; do if test -e "$f"; then p="${f#333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.inline-policy.}"; aws iam put-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-name "${p%.json}" --policy-document "file://$f"; fi; done
# undo: if test -e 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.attached.txt; then while read -r a; do aws iam attach-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-arn "$a"; done < 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.attached.txt; fi
# undo: aws iam create-role --cli-input-json "$(jq -c '.Role | {RoleName,Path,AssumeRolePolicyDocument:(.AssumeRolePolicyDocument|tojson),Description,MaxSessionDuration,PermissionsBoundary:.PermissionsBoundary.PermissionsBoundaryArn,Tags} | with_entries(select(.value != null))' 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json)"

resource "aws_iam_role" "Ec2ImageBuilderCrossAccountLifecycleAccess_333344445555" {
  provider = aws.account_333344445555
  name     = "Ec2ImageBuilderCrossAccountLifecycleAccess"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "imagebuilder.amazonaws.com"
      }
      Action = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = ["333344445555", "111122223333"]
        }
        ArnLike = {
          "aws:SourceArn" = "arn:*:imagebuilder:*:*:image/*/*/*"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "Ec2ImageBuilderCrossAccountLifecycleAccess_333344445555" {
  provider   = aws.account_333344445555
  role       = aws_iam_role.Ec2ImageBuilderCrossAccountLifecycleAccess_333344445555.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}

# Account 444455556666
# A role can have 10 managed policies unless the quota was raised.
# IAM changes take seconds to minutes to take effect everywhere.
# Updating a trust policy replaces the whole document. The commands save the old one first.

# cross-account-role-policy: EC2ImageBuilderLifecycleExecutionPolicy is not attached to role Ec2ImageBuilderCrossAccountLifecycleAccess: arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy is the policy for workflow execution roles, and no other policy grants a permission that lifecycle rules need; attached: arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy
resource "aws_iam_role_policy_attachment" "Ec2ImageBuilderCrossAccountLifecycleAccess_444455556666" {
  provider   = aws.account_444455556666
  role       = "Ec2ImageBuilderCrossAccountLifecycleAccess"
  policy_arn = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}

# cross-account-role-trust: the trust policy accepts only the owner, 111122223333, as aws:SourceAccount, as in AWS's sample; AWS's guide requires the destination, 444455556666; list both
# undo: assume_role_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"imagebuilder.amazonaws.com\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"111122223333\"},\"ArnLike\":{\"aws:SourceArn\":\"arn:*:imagebuilder:*:*:image/*/*/*\"}}}]}"
import {
  to = aws_iam_role.Ec2ImageBuilderCrossAccountLifecycleAccess_444455556666
  id = "Ec2ImageBuilderCrossAccountLifecycleAccess"
}

resource "aws_iam_role" "Ec2ImageBuilderCrossAccountLifecycleAccess_444455556666" {
  provider = aws.account_444455556666
  name     = "Ec2ImageBuilderCrossAccountLifecycleAccess"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "imagebuilder.amazonaws.com"
      }
      Action = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = ["111122223333", "444455556666"]
        }
        ArnLike = {
          "aws:SourceArn" = "arn:*:imagebuilder:*:*:image/*/*/*"
        }
      }
    }]
  })

  lifecycle {
    ignore_changes  = [description, force_detach_policies, max_session_duration, path, permissions_boundary, tags, tags_all]
    prevent_destroy = true
  }
}

# Account 999900001111
# update-policy replaces the whole policy. Save the output of describe-policy first.
# A guardrail limits every account below the root or organizational unit that it is attached to. Agree on the change with its author.
# The edit exempts the role from a whole statement. If the statement also denies other actions, move those to a separate statement.

# organization-guardrails: the guardrails of organization o-a1b2c3d4e5 do not allow ec2:DisableImage on AMIs in eu-west-1 by role Ec2ImageBuilderCrossAccountLifecycleAccess of 444455556666 (denied by service control policy "KeepImages" (p-keepimages) at ou-a1b2-production, statement 1 ("KeepImages"))
# Manual step, because the owner of the policy has to change it:
# aws organizations describe-policy --policy-id p-keepimages --query Policy.Content --output text > p-keepimages-before.json  # keep this file: the undo needs it
# aws organizations update-policy --policy-id p-keepimages --content '{"Version":"2012-10-17","Statement":[{"Sid":"KeepImages","Effect":"Deny","Action":"ec2:DisableImage","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/Ec2ImageBuilderCrossAccountLifecycleAccess"}}}]}'
# undo: aws organizations update-policy --policy-id p-keepimages --content file://p-keepimages-before.json
