"""Starts the AWS emulator moto with the few AWS managed policies that the tests use.

moto copies all 1,400 of them into each account and each partition that is
touched, which takes most of its time and, over a run, more than a gigabyte.

moto's CloudFormation ignores two properties that the tests need, which are added
here: ManagedPolicyArns of a role, which AWS detaches before it deletes the role,
and RepositoryPolicyText of a repository. It stores Policies of a role in a form
that it cannot enforce, which is corrected.
"""
import json
import re
import sys

from moto.ecr.models import Repository, ecr_backends
from moto.iam import models
from moto.server import main

KEEP = re.compile(r"(?i)ImageBuilder|^AmazonEC2(FullAccess|ReadOnlyAccess)$|^ReadOnlyAccess$|^AdministratorAccess$|^AWSDenyAll$|^AmazonSSMManagedInstanceCore$")

policies = json.loads(models.aws_managed_policies_data)
models.aws_managed_policies_data = json.dumps({name: policy for name, policy in policies.items() if KEEP.search(name)})



def also(cls, more):
    """Lets CloudFormation do more after it has created a resource of a class."""
    create = cls.create_from_cloudformation_json

    def create_and_more(resource_name, cloudformation_json, account_id, region_name, **kwargs):
        made = create(resource_name, cloudformation_json, account_id, region_name, **kwargs)
        more(made, cloudformation_json["Properties"], account_id, region_name)
        return made

    cls.create_from_cloudformation_json = create_and_more


def attach(role, properties, account_id, region_name):
    backend = models.iam_backends[account_id][models.get_partition(region_name)]
    for arn in properties.get("ManagedPolicyArns", []):
        backend.attach_role_policy(policy_arn=arn, role_name=role.name)
    for name, document in role.policies.items():
        role.policies[name] = document if isinstance(document, str) else json.dumps(document)


def set_policy(repository, properties, account_id, region_name):
    if "RepositoryPolicyText" in properties:
        ecr_backends[account_id][region_name].set_repository_policy(
            registry_id=account_id, repository_name=repository.name, policy_text=json.dumps(properties["RepositoryPolicyText"]))


def detach_first(delete):
    def detach_and_delete(resource_name, cloudformation_json, account_id, region_name):
        backend = models.iam_backends[account_id][models.get_partition(region_name)]
        for role in backend.roles.values():
            if role.name == resource_name:
                for arn in list(role.managed_policies):
                    backend.detach_role_policy(arn, resource_name)
        delete(resource_name, cloudformation_json, account_id, region_name)

    return detach_and_delete


also(models.Role, attach)
models.Role.delete_from_cloudformation_json = detach_first(models.Role.delete_from_cloudformation_json)
also(Repository, set_policy)

sys.exit(main())
