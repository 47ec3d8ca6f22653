#!/usr/bin/env bash
# The prerequisites by hand with the AWS CLI and jq, a call for each repository.
# Prints the repositories that lack the tag, and what is wrong with the role.
set -euo pipefail
region=eu-west-1 role=ImageBuilderLifecycle
managed=arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy

for arn in $(aws ecr describe-repositories --region "$region" --query 'repositories[].repositoryArn' --output text); do
	value=$(aws ecr list-tags-for-resource --region "$region" --resource-arn "$arn" --output json |
		jq -r '.tags[] | select(.Key == "LifecycleExecutionAccess") | .Value')
	if [[ $value != 'EC2 Image Builder' ]]; then echo "${arn#*:repository/}"; fi
done

# The guide's trust policy, compared as text.
expected='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
trust=$(aws iam get-role --role-name "$role" --output json | jq -S .Role.AssumeRolePolicyDocument)
if [[ $trust != "$(jq -S . <<< "$expected")" ]]; then echo "role: another trust policy"; fi
attached=$(aws iam list-attached-role-policies --role-name "$role" --output json | jq --arg arn "$managed" 'any(.AttachedPolicies[]; .PolicyArn == $arn)')
if [[ $attached != true ]]; then echo "role: the managed policy is not attached"; fi
