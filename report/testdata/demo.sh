#!/bin/sh
# Changes that fix the problems found by iblint v1.2.3 in accounts read 2026-11-01 06:00:00 UTC.
# iblint itself has not changed anything.
# Review this script, then run it once with the credentials of each account below. The part for an
# account is skipped when the credentials belong to another account. The script requires the AWS CLI
# and jq. It saves undo data in a new directory, iblint-undo.ACCOUNT.*. To undo, run the lines marked
# undo in that directory, from the last to the first.
# Then run iblint again: some checks can be completed only after these changes.
# DESTRUCTIVE: in account 333344445555, role EC2ImageBuilderCrossAccountLifecycleAccess must be deleted, because its name conflicts with the name of the required role.
set -eu
export AWS_PAGER=''
applied=no

# Account 111122223333
# A resource share, a recipe or a launch permission may be in use by other accounts. First ask them.
# An enabled lifecycle policy with a DELETE rule deletes resources within a day. First check which image resources it selects.
# Updating a lifecycle policy requires iam:PassRole on its execution role.
# Updating a lifecycle policy requires iam:PassRole on the role.
# An enabled lifecycle policy with a DELETE rule deletes resources within a day of this fix.
if [ "$(aws sts get-caller-identity --query Account --output text)" = 111122223333 ]; then (
set -eu
undo=$(mktemp -d "$PWD/iblint-undo.111122223333.XXXXXX")
cd "$undo"

# execution-role-trust: Image Builder can assume role ImageBuilderLifecycle, and so can service ec2.amazonaws.com
aws iam get-role --role-name EC2ImageBuilderLifecycleExecutionRole --query Role.Arn --output text || aws iam create-role --role-name EC2ImageBuilderLifecycleExecutionRole --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
# undo, only if the command above created the role: aws iam delete-role --role-name EC2ImageBuilderLifecycleExecutionRole

aws iam attach-role-policy --role-name EC2ImageBuilderLifecycleExecutionRole --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy
# undo: aws iam detach-role-policy --role-name EC2ImageBuilderLifecycleExecutionRole --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy

# ecr-repository-tag: repository app/api in eu-west-1 does not have the tag LifecycleExecutionAccess = "EC2 Image Builder"
aws ecr tag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/api --tags 'Key=LifecycleExecutionAccess,Value=EC2 Image Builder'
# undo: aws ecr untag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/api --tag-keys LifecycleExecutionAccess

# ecr-repository-tag: repository app/base in eu-west-1: the tag's value is "EC2 Image Builder " instead of "EC2 Image Builder": it has leading or trailing white space
aws ecr tag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/base --tags 'Key=LifecycleExecutionAccess,Value=EC2 Image Builder'
# undo: aws ecr tag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/base --tags '[{"Key":"LifecycleExecutionAccess","Value":"EC2 Image Builder "}]'

# ecr-repository-tag: repository app/tools in eu-west-1 has the tag key lifecycleexecutionaccess instead of LifecycleExecutionAccess; IAM may accept it, but the guide requires the exact key
aws ecr tag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/tools --tags 'Key=LifecycleExecutionAccess,Value=EC2 Image Builder'
# undo: aws ecr untag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/tools --tag-keys LifecycleExecutionAccess

aws ecr untag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/tools --tag-keys lifecycleexecutionaccess
# undo: aws ecr tag-resource --region eu-west-1 --resource-arn arn:aws:ecr:eu-west-1:111122223333:repository/app/tools --tags '[{"Key":"lifecycleexecutionaccess","Value":"EC2 Image Builder"}]'

# execution-role-trust: Image Builder can assume role ImageBuilderLifecycle, and so can service ec2.amazonaws.com
# for each lifecycle policy that names ImageBuilderLifecycle
arns=$(aws imagebuilder list-lifecycle-policies --region eu-west-1 --query 'lifecyclePolicySummaryList[?executionRole=='\''ImageBuilderLifecycle'\''].arn' --output text)
for arn in $arns; do file=111122223333.eu-west-1."${arn##*/}".execution-role.lifecycle-policy; aws imagebuilder get-lifecycle-policy --region eu-west-1 --lifecycle-policy-arn "$arn" --query lifecyclePolicy --output json > "$file-before.json"; jq --arg role arn:aws:iam::111122223333:role/EC2ImageBuilderLifecycleExecutionRole '.executionRole = $role | {lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' "$file-before.json" > "$file-after.json"; aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json "file://$file-after.json"; done
# undo: for f in 111122223333.eu-west-1.*.execution-role.lifecycle-policy-before.json; do jq '{lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' "$f" > "$f.undo" && aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json "file://$f.undo"; done

# lifecycle-policy-actions: lifecycle policy old-windows in eu-west-1: rule 1 deletes image resources and leaves their AMIs and snapshots behind, which Image Builder can then no longer find
aws imagebuilder get-lifecycle-policy --region eu-west-1 --lifecycle-policy-arn arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/old-windows --query lifecyclePolicy --output json > 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-before.json  # keep this file: the undo needs it
jq '.policyDetails[0].action.includeResources += {"amis":true,"snapshots":true} | {lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))' 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-before.json > 111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-after.json
aws imagebuilder update-lifecycle-policy --region eu-west-1 --cli-input-json file://111122223333.eu-west-1.old-windows.rule1.lifecycle-policy-after.json
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

); applied=yes; else
	printf '%s\n' 'skipped: the credentials are not for account 111122223333' >&2
fi

# Account 222233334444
# IAM changes take seconds to minutes to take effect everywhere.
if [ "$(aws sts get-caller-identity --query Account --output text)" = 222233334444 ]; then (
set -eu
undo=$(mktemp -d "$PWD/iblint-undo.222233334444.XXXXXX")
cd "$undo"

# cross-account-role-permissions: role Ec2ImageBuilderCrossAccountLifecycleAccess lacks permissions that lifecycle rules need: ec2:DeregisterImage on AMIs in eu-west-1 (denied by inline policy KeepProduction, statement 1 ("KeepProduction")); ec2:DeleteSnapshot on snapshots in eu-west-1 (denied by inline policy KeepProduction, statement 1 ("KeepProduction"))
aws iam get-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-name KeepProduction --query PolicyDocument --output json > 222233334444.Ec2ImageBuilderCrossAccountLifecycleAccess.KeepProduction.inline-policy-before.json  # keep this file: the undo needs it
jq -e --argjson was '{"Version":"2012-10-17","Statement":[{"Sid":"KeepProduction","Effect":"Deny","Action":["ec2:DeregisterImage","ec2:DeleteSnapshot","ec2:TerminateInstances"],"Resource":"*"}]}' '. == $was' 222233334444.Ec2ImageBuilderCrossAccountLifecycleAccess.KeepProduction.inline-policy-before.json > /dev/null || { printf '%s\n' 'the inline policy KeepProduction of role Ec2ImageBuilderCrossAccountLifecycleAccess has changed since iblint read it; run iblint again' >&2; exit 1; }
aws iam put-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-name KeepProduction --policy-document '{"Version":"2012-10-17","Statement":[{"Sid":"KeepProduction","Effect":"Deny","Action":["ec2:TerminateInstances"],"Resource":"*"}]}'
# undo: aws iam put-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-name KeepProduction --policy-document file://222233334444.Ec2ImageBuilderCrossAccountLifecycleAccess.KeepProduction.inline-policy-before.json

); applied=yes; else
	printf '%s\n' 'skipped: the credentials are not for account 222233334444' >&2
fi

# Account 333344445555
# This deletes a role. First check whether anything else uses it (RoleLastUsed), and keep the files that the commands save.
# Other policies that name the role keep the ID of the deleted role; they do not match the new role.
# If CloudFormation or Terraform manages the role, change it there; otherwise the old role is created again.
if [ "$(aws sts get-caller-identity --query Account --output text)" = 333344445555 ]; then (
set -eu
undo=$(mktemp -d "$PWD/iblint-undo.333344445555.XXXXXX")
cd "$undo"

# cross-account-role-exists: role EC2ImageBuilderCrossAccountLifecycleAccess differs in letter case from the required Ec2ImageBuilderCrossAccountLifecycleAccess, so Image Builder does not find it
# DESTRUCTIVE: deletes role EC2ImageBuilderCrossAccountLifecycleAccess. Keep the saved files: they are required to create it again.
if aws iam get-role --role-name EC2ImageBuilderCrossAccountLifecycleAccess --output json > 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json.new && jq -e --arg role /EC2ImageBuilderCrossAccountLifecycleAccess '.Role.Path + .Role.RoleName == $role' 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json.new > /dev/null; then
mv 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json.new 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json
for a in $(aws iam list-attached-role-policies --role-name EC2ImageBuilderCrossAccountLifecycleAccess --query 'AttachedPolicies[].PolicyArn' --output text); do echo "$a" >> 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.attached.txt && aws iam detach-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-arn "$a"; done
for p in $(aws iam list-role-policies --role-name EC2ImageBuilderCrossAccountLifecycleAccess --query 'PolicyNames[]' --output text); do aws iam get-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-name "$p" --query PolicyDocument --output json > 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.inline-policy."$p".json && aws iam delete-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-name "$p"; done
for i in $(aws iam list-instance-profiles-for-role --role-name EC2ImageBuilderCrossAccountLifecycleAccess --query 'InstanceProfiles[].InstanceProfileName' --output text); do echo "$i" >> 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.instance-profiles.txt && aws iam remove-role-from-instance-profile --instance-profile-name "$i" --role-name EC2ImageBuilderCrossAccountLifecycleAccess; done
test -s 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json && aws iam delete-role --role-name EC2ImageBuilderCrossAccountLifecycleAccess
else printf '%s\n' 'role EC2ImageBuilderCrossAccountLifecycleAccess with path / does not exist any more; run iblint again' >&2; false; fi
# undo: if test -e 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.instance-profiles.txt; then while read -r i; do aws iam add-role-to-instance-profile --instance-profile-name "$i" --role-name EC2ImageBuilderCrossAccountLifecycleAccess; done < 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.instance-profiles.txt; fi
# undo: for f in 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.inline-policy.*.json; do if test -e "$f"; then p="${f#333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.inline-policy.}"; aws iam put-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-name "${p%.json}" --policy-document "file://$f"; fi; done
# undo: if test -e 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.attached.txt; then while read -r a; do aws iam attach-role-policy --role-name EC2ImageBuilderCrossAccountLifecycleAccess --policy-arn "$a"; done < 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.attached.txt; fi
# undo: aws iam create-role --cli-input-json "$(jq -c '.Role | {RoleName,Path,AssumeRolePolicyDocument:(.AssumeRolePolicyDocument|tojson),Description,MaxSessionDuration,PermissionsBoundary:.PermissionsBoundary.PermissionsBoundaryArn,Tags} | with_entries(select(.value != null))' 333344445555.EC2ImageBuilderCrossAccountLifecycleAccess.role.json)"

aws iam create-role --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":["333344445555","111122223333"]},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}}]}'
# undo: aws iam delete-role --role-name Ec2ImageBuilderCrossAccountLifecycleAccess

aws iam attach-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy
# undo: aws iam detach-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy

); applied=yes; else
	printf '%s\n' 'skipped: the credentials are not for account 333344445555' >&2
fi

# Account 444455556666
# A role can have 10 managed policies unless the quota was raised.
# IAM changes take seconds to minutes to take effect everywhere.
# Updating a trust policy replaces the whole document. The commands save the old one first.
if [ "$(aws sts get-caller-identity --query Account --output text)" = 444455556666 ]; then (
set -eu
undo=$(mktemp -d "$PWD/iblint-undo.444455556666.XXXXXX")
cd "$undo"

# cross-account-role-policy: EC2ImageBuilderLifecycleExecutionPolicy is not attached to role Ec2ImageBuilderCrossAccountLifecycleAccess: arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy is the policy for workflow execution roles, and no other policy grants a permission that lifecycle rules need; attached: arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy
aws iam attach-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy
# undo: aws iam detach-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy

# cross-account-role-trust: the trust policy accepts only the owner, 111122223333, as aws:SourceAccount, as in AWS's sample; AWS's guide requires the destination, 444455556666; list both
aws iam get-role --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --query Role.AssumeRolePolicyDocument --output json > 444455556666.Ec2ImageBuilderCrossAccountLifecycleAccess.trust-before.json  # keep this file: the undo needs it
jq -e --argjson was '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}}]}' '. == $was' 444455556666.Ec2ImageBuilderCrossAccountLifecycleAccess.trust-before.json > /dev/null || { printf '%s\n' 'the trust policy of role Ec2ImageBuilderCrossAccountLifecycleAccess has changed since iblint read it; run iblint again' >&2; exit 1; }
aws iam update-assume-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":["111122223333","444455556666"]},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}}]}'
# undo: aws iam update-assume-role-policy --role-name Ec2ImageBuilderCrossAccountLifecycleAccess --policy-document file://444455556666.Ec2ImageBuilderCrossAccountLifecycleAccess.trust-before.json

); applied=yes; else
	printf '%s\n' 'skipped: the credentials are not for account 444455556666' >&2
fi

# Account 999900001111
# update-policy replaces the whole policy. Save the output of describe-policy first.
# A guardrail limits every account below the root or organizational unit that it is attached to. Agree on the change with its author.
# The edit exempts the role from a whole statement. If the statement also denies other actions, move those to a separate statement.
if [ "$(aws sts get-caller-identity --query Account --output text)" = 999900001111 ]; then (
set -eu
undo=$(mktemp -d "$PWD/iblint-undo.999900001111.XXXXXX")
cd "$undo"

# organization-guardrails: the guardrails of organization o-a1b2c3d4e5 do not allow ec2:DisableImage on AMIs in eu-west-1 by role Ec2ImageBuilderCrossAccountLifecycleAccess of 444455556666 (denied by service control policy "KeepImages" (p-keepimages) at ou-a1b2-production, statement 1 ("KeepImages"))
aws organizations describe-policy --policy-id p-keepimages --query Policy.Content --output text > p-keepimages-before.json  # keep this file: the undo needs it
jq -e --argjson was '{"Version":"2012-10-17","Statement":[{"Sid":"KeepImages","Effect":"Deny","Action":"ec2:DisableImage","Resource":"*"}]}' '. == $was' p-keepimages-before.json > /dev/null || { printf '%s\n' 'the policy p-keepimages has changed since iblint read it; run iblint again' >&2; exit 1; }
aws organizations update-policy --policy-id p-keepimages --content '{"Version":"2012-10-17","Statement":[{"Sid":"KeepImages","Effect":"Deny","Action":"ec2:DisableImage","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/Ec2ImageBuilderCrossAccountLifecycleAccess"}}}]}'
# undo: aws organizations update-policy --policy-id p-keepimages --content file://p-keepimages-before.json

); applied=yes; else
	printf '%s\n' 'skipped: the credentials are not for account 999900001111' >&2
fi

if [ $applied = no ]; then
	echo 'nothing was changed: the credentials are for none of the accounts in this script' >&2
	exit 1
fi
