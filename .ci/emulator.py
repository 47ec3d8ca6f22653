"""Starts the AWS emulator moto with the few AWS managed policies that the tests use.

moto copies all 1,400 of them into each account and each partition that is
touched, which takes most of its time and, over a run, more than a gigabyte.
"""
import json
import re
import sys

from moto.iam import models
from moto.server import main

KEEP = re.compile(r"(?i)ImageBuilder|^AmazonEC2(FullAccess|ReadOnlyAccess)$|^ReadOnlyAccess$|^AdministratorAccess$|^AWSDenyAll$|^AmazonSSMManagedInstanceCore$")

policies = json.loads(models.aws_managed_policies_data)
models.aws_managed_policies_data = json.dumps({name: policy for name, policy in policies.items() if KEEP.search(name)})

sys.exit(main())
