# Converts findings of iblint in OCSF (--format ocsf) to batches of the AWS Security Finding Format, one a
# line, for aws securityhub batch-import-findings. AWS takes those of the caller's account only, at most 100
# at a time:
#
#   jq -cn --arg account 111122223333 --arg region eu-west-1 -f asff.jq findings.ndjson
def batches: if length <= 100 then select(length > 0) else .[:100], (.[100:] | batches) end;
[
  inputs
  | select(.cloud.account.uid == $account)
  | (.cloud.cloud_partition // "aws") as $partition
  | (.time / 1000 | todate) as $time
  | {
      SchemaVersion: "2018-10-08",
      Id: .finding_info.uid,
      ProductArn: "arn:\($partition):securityhub:\($region):\($account):product/\($account)/default",
      GeneratorId: ("iblint/" + .metadata.event_code),
      AwsAccountId: $account,
      CreatedAt: $time,
      UpdatedAt: $time,
      Title: .finding_info.title[:256],
      Description: .message[:1024],
      FindingProviderFields: {
        Severity: { Label: ({ "1": "INFORMATIONAL", "2": "LOW", "3": "MEDIUM", "4": "HIGH", "5": "CRITICAL" }[.severity_id | tostring] // "INFORMATIONAL") },
        Types: ["Software and Configuration Checks/AWS Security Best Practices"]
      },
      Compliance: { Status: ({ "1": "PASSED", "2": "WARNING", "3": "FAILED" }[.compliance.status_id | tostring] // "NOT_AVAILABLE") },
      Remediation: { Recommendation: { Text: ((.remediation.desc // "See the message.")[:512]) } },
      Resources: [.resources[] | { Type: "Other", Id: .uid, Partition: $partition, Region: (.region // $region) }]
    }
]
| batches
