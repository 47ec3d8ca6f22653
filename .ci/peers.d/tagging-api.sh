#!/usr/bin/env bash
# The prerequisites by hand with the AWS CLI and jq, with the tagging API.
# Prints the repositories that lack the tag, and what is wrong with the role.
set -euo pipefail
region=eu-west-1 role=ImageBuilderLifecycle
managed=arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy

all=$(aws ecr describe-repositories --region "$region" --output json | jq -r '.repositories[].repositoryName' | sort)
tagged=$(aws resourcegroupstaggingapi get-resources --region "$region" --resource-type-filters ecr:repository \
	--tag-filters 'Key=LifecycleExecutionAccess,Values=EC2 Image Builder' --output json |
	jq -r '.ResourceTagMappingList[].ResourceARN | sub(".*:repository/"; "")' | sort)
comm -23 <(echo "$all") <(echo "$tagged")

# The guide's trust policy, compared as text.
expected='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
trust=$(aws iam get-role --role-name "$role" --output json | jq -S .Role.AssumeRolePolicyDocument)
if [[ $trust != "$(jq -S . <<< "$expected")" ]]; then echo "role: another trust policy"; fi
attached=$(aws iam list-attached-role-policies --role-name "$role" --output json | jq --arg arn "$managed" 'any(.AttachedPolicies[]; .PolicyArn == $arn)')
if [[ $attached != true ]]; then echo "role: the managed policy is not attached"; fi
