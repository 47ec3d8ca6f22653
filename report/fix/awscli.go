package fix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
)

// AWSCLI returns a fix as lines for a POSIX shell with the AWS CLI and jq, in the order in which
// they have to run. Each line is a command or, if it begins with #, a comment. The undo of a
// command is a comment after it. Names and documents are quoted, and comments are escaped.
func AWSCLI(r *checks.Fix) []string {
	var lines []string
	heading := ""
	for _, c := range r.Changes {
		h := "# in account " + c.Account
		if c.Account == "" {
			h = "# in the management account"
		}
		if c.Region != "" {
			h += ", Region " + c.Region
		}
		if h != heading {
			lines, heading = append(lines, escape.Printable(h)), h
		}
		lines = append(lines, commandLines(c, mayExist(r, c))...)
	}
	return lines
}

// mayExist reports whether a role to create may exist already. This is so if lifecycle policies
// name another role now: the checks looked for that one.
func mayExist(r *checks.Fix, c checks.Change) bool {
	return c.Action == checks.CreateRole && slices.ContainsFunc(r.Changes, func(c checks.Change) bool { return c.Action == checks.ReferToRole })
}

// commandLines are the commands of one change with its undo. Input text is quoted in commands and
// escaped in comments, so that it never starts a new line.
func commandLines(c checks.Change, mayExist bool) []string {
	lines := changeCommands(c)
	if mayExist {
		lines[0] = fmt.Sprintf("aws iam get-role --role-name %s --query Role.Arn --output text || %s", Quote(c.Role), lines[0])
		lines[1] = "# undo, only if the command above created the role: " + strings.TrimPrefix(lines[1], "# undo: ")
	}
	for i, line := range lines {
		if strings.HasPrefix(line, "#") {
			lines[i] = escape.Printable(line)
		}
	}
	return lines
}

func changeCommands(c checks.Change) []string {
	if c.Planned {
		return inputFile(c)
	}
	role := "--role-name " + Quote(c.Role)
	switch c.Action {
	case checks.CreateRole:
		create := fmt.Sprintf("aws iam create-role %s", role)
		if c.Path != "" && c.Path != "/" {
			create += " --path " + Quote(c.Path)
		}
		return []string{
			create + " --assume-role-policy-document " + Quote(c.Document),
			"# undo: aws iam delete-role " + role,
		}

	case checks.AttachPolicy:
		return []string{
			fmt.Sprintf("aws iam attach-role-policy %s --policy-arn %s", role, Quote(c.Policy)),
			fmt.Sprintf("# undo: aws iam detach-role-policy %s --policy-arn %s", role, Quote(c.Policy)),
		}

	case checks.DetachPolicy:
		return []string{
			"# only AWS can edit policy " + c.Policy + ". If nothing requires that the role has it, detach it:",
			fmt.Sprintf("# aws iam detach-role-policy %s --policy-arn %s", role, Quote(c.Policy)),
			fmt.Sprintf("# undo: aws iam attach-role-policy %s --policy-arn %s", role, Quote(c.Policy)),
		}

	case checks.ReplaceBoundary:
		return replaceBoundary(c)

	case checks.DeleteRole:
		return deleteRole(c)

	case checks.ReferToRole:
		return referToRole(c)

	case checks.LookAtSelection:
		return append([]string{
			fmt.Sprintf("aws imagebuilder get-lifecycle-policy --region %s --lifecycle-policy-arn %s --query lifecyclePolicy.resourceSelection", Quote(c.Region), Quote(c.Policy)),
			fmt.Sprintf("aws imagebuilder list-image-build-versions --region %s --query 'imageSummaryList[].{arn:arn,state:state.status,tags:tags}'", Quote(c.Region)),
		}, editPolicy(c, cmp.Or(c.Hint, "change resourceSelection"))...)

	case checks.EditLifecyclePolicy:
		return editPolicy(c, c.Hint)

	case checks.LookAtAccount:
		if c.Region == "" {
			return []string{"# in the management account: aws organizations describe-account --account-id " + Quote(c.Account)}
		}
		return []string{
			"aws account get-region-opt-status --region-name " + Quote(c.Region),
			"# to enable it: aws account enable-region --region-name " + Quote(c.Region),
		}

	case checks.LookAtRun:
		return lookAtRun(c)

	case checks.EnablePolicy:
		return updatePolicy(c, "enable", `.status = "ENABLED"`)

	case checks.IncludeResources:
		return updatePolicy(c, fmt.Sprintf("rule%d", c.Rule), includeFilter(c))

	case checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditRegistryPolicy, checks.EditGuardrail:
		return editCommands(c)

	case checks.CreateRepository:
		named := fmt.Sprintf("--region %s --repository-name %s", Quote(c.Region), Quote(c.Repository))
		return []string{
			fmt.Sprintf("aws ecr create-repository %s --tags %s", named, Quote(tag(c.Key, c.Value))),
			"# undo: aws ecr delete-repository " + named, // AWS rejects this while the repository has images
		}

	case checks.TagRepository:
		undo := fmt.Sprintf("# undo: aws ecr untag-resource %s --tag-keys %s", repository(c), Quote(c.Key))
		if c.OldValue != nil {
			undo = restoreTag(c)
		}
		return []string{fmt.Sprintf("aws ecr tag-resource %s --tags %s", repository(c), Quote(tag(c.Key, c.Value))), undo}

	case checks.UntagRepository:
		lines := []string{fmt.Sprintf("aws ecr untag-resource %s --tag-keys %s", repository(c), Quote(c.Key))}
		if c.OldValue != nil {
			lines = append(lines, restoreTag(c))
		}
		return lines
	}
	return []string{fmt.Sprintf("# iblint has no command for the change %q: this is a bug in the check", c.Action)}
}

// replaceBoundary are comments: a person has to write the new boundary. Only AWS can edit the one that
// the role has (IAM User Guide, "Edit IAM policies"), but another can take its place.
func replaceBoundary(c checks.Change) []string {
	role, arn := "--role-name "+Quote(c.Role), Quote(c.Policy)
	file := fileName(c.Account + "." + c.Role + ".boundary")
	name := Quote(fileName(c.Role + "-boundary"))
	return []string{
		"# only AWS can edit policy " + c.Policy + ". Give the role a permissions boundary of its own:",
		fmt.Sprintf(`# aws iam get-policy-version --policy-arn %s --version-id "$(aws iam get-policy --policy-arn %s --query Policy.DefaultVersionId --output text)" --query PolicyVersion.Document --output json > %s.json`, arn, arn, file),
		fmt.Sprintf("# edit %s.json: %s", file, c.Hint),
		fmt.Sprintf("# arn=$(aws iam create-policy --policy-name %s --policy-document file://%s.json --query Policy.Arn --output text)", name, file),
		fmt.Sprintf(`# aws iam put-role-permissions-boundary %s --permissions-boundary "$arn"`, role),
		fmt.Sprintf("# undo: aws iam put-role-permissions-boundary %s --permissions-boundary %s", role, arn),
	}
}

// lookAtRun shows what became of the resources in a run, or that there was none.
func lookAtRun(c checks.Change) []string {
	region := "--region " + Quote(c.Region)
	lines := []string{fmt.Sprintf("aws imagebuilder list-lifecycle-executions %s --resource-arn %s", region, Quote(c.Policy))}
	if c.Execution == "" {
		return lines
	}
	execution := "--lifecycle-execution-id " + Quote(c.Execution)
	return append(lines,
		fmt.Sprintf("aws imagebuilder list-lifecycle-execution-resources %s %s", region, execution),
		"# for the AMIs, snapshots and container images of an image, add: --parent-resource-id IMAGE_ARN",
		fmt.Sprintf("# if the run does not end, run: aws imagebuilder cancel-lifecycle-execution %s %s", region, execution),
	)
}

// deleteRole saves a role with everything attached to it, removes the attachments, because IAM
// deletes only roles without them, and deletes the role. It does nothing if the role's name and path
// are no longer those that iblint read: IAM finds a role by its name in any letter case, so the role
// may be the right one, which a first run of the script created.
func deleteRole(c checks.Change) []string {
	role, file := "--role-name "+Quote(c.Role), fileName(c.Account+"."+c.Role)
	is := "jq -e --arg role " + Quote(c.Path+c.Role) + " '.Role.Path + .Role.RoleName == $role' " + file + ".role.json.new > /dev/null"
	gone := Quote("role " + escape.Printable(c.Role) + " with path " + escape.Printable(c.Path) + " does not exist any more; run iblint again")
	return []string{
		"# DESTRUCTIVE: deletes role " + c.Role + ". Keep the saved files: they are required to create it again.",
		// A second run, after the role is deleted, must not overwrite the saved role.
		fmt.Sprintf("if aws iam get-role %s --output json > %s.role.json.new && %s; then", role, file, is),
		fmt.Sprintf("mv %s.role.json.new %s.role.json", file, file),
		fmt.Sprintf("for a in $(aws iam list-attached-role-policies %s --query 'AttachedPolicies[].PolicyArn' --output text); do echo \"$a\" >> %s.attached.txt && aws iam detach-role-policy %s --policy-arn \"$a\"; done", role, file, role),
		fmt.Sprintf("for p in $(aws iam list-role-policies %s --query 'PolicyNames[]' --output text); do aws iam get-role-policy %s --policy-name \"$p\" --query PolicyDocument --output json > %s.inline-policy.\"$p\".json && aws iam delete-role-policy %s --policy-name \"$p\"; done", role, role, file, role),
		fmt.Sprintf("for i in $(aws iam list-instance-profiles-for-role %s --query 'InstanceProfiles[].InstanceProfileName' --output text); do echo \"$i\" >> %s.instance-profiles.txt && aws iam remove-role-from-instance-profile --instance-profile-name \"$i\" %s; done", role, file, role),
		fmt.Sprintf("test -s %s.role.json && aws iam delete-role %s", file, role),
		"else printf '%s\\n' " + gone + " >&2; false; fi",
		fmt.Sprintf("# undo: if test -e %s.instance-profiles.txt; then while read -r i; do aws iam add-role-to-instance-profile --instance-profile-name \"$i\" %s; done < %s.instance-profiles.txt; fi", file, role, file),
		fmt.Sprintf("# undo: for f in %s.inline-policy.*.json; do if test -e \"$f\"; then p=\"${f#%s.inline-policy.}\"; aws iam put-role-policy %s --policy-name \"${p%%.json}\" --policy-document \"file://$f\"; fi; done", file, file, role),
		fmt.Sprintf("# undo: if test -e %s.attached.txt; then while read -r a; do aws iam attach-role-policy %s --policy-arn \"$a\"; done < %s.attached.txt; fi", file, role, file),
		fmt.Sprintf("# undo: aws iam create-role --cli-input-json \"$(jq -c %s %s.role.json)\"", Quote(recreatable), file),
	}
}

// recreatable is a jq filter from the output of get-role to the input of create-role.
const recreatable = `.Role | {RoleName,Path,AssumeRolePolicyDocument:(.AssumeRolePolicyDocument|tojson),Description,MaxSessionDuration,PermissionsBoundary:.PermissionsBoundary.PermissionsBoundaryArn,Tags} | with_entries(select(.value != null))`

// updatable is a jq filter from the output of get-lifecycle-policy to the input of
// update-lifecycle-policy, which requires the whole policy and rejects other fields.
const updatable = `{lifecyclePolicyArn:.arn,description,status,executionRole,resourceType,policyDetails,resourceSelection} | with_entries(select(.value != null and .value != ""))`

// includeFilter is a jq filter that includes resources in the action of a rule.
func includeFilter(c checks.Change) string {
	var include []string
	for _, resource := range c.Include {
		include = append(include, fmt.Sprintf("%q:true", resource))
	}
	return fmt.Sprintf(".policyDetails[%d].action.includeResources += {%s}", c.Rule-1, strings.Join(include, ","))
}

// inputFile says how to change the file that describes a lifecycle policy to be created. It
// has only comments, because iblint does not know the name of the file.
func inputFile(c checks.Change) []string {
	jq := func(filter string) string { return "# or run: jq " + Quote(filter) + " POLICY.json > CHANGED.json" }
	lines := []string{"# lifecycle policy " + c.Policy[strings.LastIndexByte(c.Policy, '/')+1:] + " does not exist yet: change the JSON file that create-lifecycle-policy gets"}
	switch c.Action {
	case checks.EnablePolicy:
		return append(lines, `# set "status": "ENABLED"`, jq(`.status = "ENABLED"`))
	case checks.ReferToRole:
		role := jsonText(c.NewReference)
		return append(lines, `# set "executionRole": `+role, jq(".executionRole = "+role))
	case checks.IncludeResources:
		var include []string
		for _, resource := range c.Include {
			include = append(include, fmt.Sprintf("%q: true", resource))
		}
		return append(lines, fmt.Sprintf(`# add to policyDetails[%d].action: "includeResources": {%s}`, c.Rule-1, strings.Join(include, ", ")), jq(includeFilter(c)))
	}
	return append(lines, "# "+c.Hint)
}

// updatePolicy are the commands that change one lifecycle policy by a jq filter. The label is part
// of the names of the saved files.
func updatePolicy(c checks.Change, label, edit string) []string {
	name := c.Policy[strings.LastIndexByte(c.Policy, '/')+1:]
	file := fileName(c.Account+"."+c.Region+"."+name+"."+label) + ".lifecycle-policy"
	update := fmt.Sprintf("aws imagebuilder update-lifecycle-policy --region %s --cli-input-json file://%s", Quote(c.Region), file)
	return []string{
		fmt.Sprintf("aws imagebuilder get-lifecycle-policy --region %s --lifecycle-policy-arn %s --query lifecyclePolicy --output json > %s-before.json  # keep this file: the undo needs it", Quote(c.Region), Quote(c.Policy), file),
		fmt.Sprintf("jq %s %s-before.json > %s-after.json", Quote(edit+" | "+updatable), file, file),
		update + "-after.json",
		fmt.Sprintf("# undo: jq %s %s-before.json > %s-undo.json && %s-undo.json", Quote(updatable), file, file, update),
	}
}

// editPolicy are the commands that let a person change one lifecycle policy.
func editPolicy(c checks.Change, hint string) []string {
	file := fileName(c.Account+"."+c.Region+"."+c.Policy[strings.LastIndexByte(c.Policy, '/')+1:]) + ".lifecycle-policy.json"
	return []string{
		fmt.Sprintf("aws imagebuilder get-lifecycle-policy --region %s --lifecycle-policy-arn %s --query lifecyclePolicy --output json | jq %s > %s", Quote(c.Region), Quote(c.Policy), Quote(updatable), file),
		"# edit " + file + ": " + hint,
		fmt.Sprintf("# then run: aws imagebuilder update-lifecycle-policy --region %s --cli-input-json file://%s", Quote(c.Region), file),
	}
}

// referToRole are the commands that make lifecycle policies name another execution role.
func referToRole(c checks.Change) []string {
	var conditions []string
	for _, reference := range c.References {
		conditions = append(conditions, fmt.Sprintf("executionRole=='%s'", strings.ReplaceAll(reference, "'", "")))
	}
	query := Quote(fmt.Sprintf("lifecyclePolicySummaryList[?%s].arn", strings.Join(conditions, " || ")))
	edit := Quote(".executionRole = $role | " + updatable)
	lines := []string{"# for each lifecycle policy that names " + strings.Join(c.References, " or ")}
	regions := c.Regions
	if len(regions) == 0 {
		regions = []string{""}
	}
	for _, name := range regions {
		region, file := Quote(name), fileName(c.Account+"."+name)
		if name == "" { // unknown: the environment has to set it
			region = `"${AWS_REGION:?set AWS_REGION to the Region of the lifecycle policies}"`
		}
		// Two commands, so that a failed list does not look like an empty one.
		lines = append(lines,
			fmt.Sprintf("arns=$(aws imagebuilder list-lifecycle-policies --region %s --query %s --output text)", region, query),
			fmt.Sprintf(`for arn in $arns; do file=%s."${arn##*/}".execution-role.lifecycle-policy; `+
				`aws imagebuilder get-lifecycle-policy --region %s --lifecycle-policy-arn "$arn" --query lifecyclePolicy --output json > "$file-before.json"; `+
				`jq --arg role %s %s "$file-before.json" > "$file-after.json"; `+
				`aws imagebuilder update-lifecycle-policy --region %s --cli-input-json "file://$file-after.json"; done`,
				file, region, Quote(c.NewReference), edit, region),
			fmt.Sprintf(`# undo: for f in %s.*.execution-role.lifecycle-policy-before.json; do jq %s "$f" > "$f.undo" && aws imagebuilder update-lifecycle-policy --region %s --cli-input-json "file://$f.undo"; done`,
				file, Quote(updatable), region))
	}
	return lines
}

// restoreTag is the undo that restores the former value of a tag.
func restoreTag(c checks.Change) string {
	return fmt.Sprintf("# undo: aws ecr tag-resource %s --tags %s", repository(c), Quote(tagJSON(c.Key, *c.OldValue)))
}

// repository are the options that name the repository of a change.
func repository(c checks.Change) string {
	return fmt.Sprintf("--region %s --resource-arn %s", Quote(c.Region),
		Quote("arn:"+c.Partition+":ecr:"+c.Region+":"+c.Account+":repository/"+c.Repository))
}

// tag is a tag in the shorthand syntax of the AWS CLI. Key and value must not contain characters
// with a meaning in that syntax; those of iblint do not.
func tag(key, value string) string { return "Key=" + key + ",Value=" + value }

// tagJSON is a tag in JSON, for any key and value.
func tagJSON(key, value string) string {
	return jsonText([]map[string]string{{"Key": key, "Value": value}})
}

// jsonText is a value of strings in JSON.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}

var plainWord = lazyregexp.New(`^[A-Za-z0-9_@%+:./-][A-Za-z0-9_@%+=:,./-]*$`)

// Quote returns text as a word of a POSIX shell. It contains no command of a CI system.
func Quote(s string) string {
	if plainWord().MatchString(s) && !escape.Marker.MatchString(s) {
		return s
	}
	return escape.Markers("'"+strings.ReplaceAll(s, "'", `'\''`)+"'", escape.Shell)
}

var notInFileName = lazyregexp.New(`[^A-Za-z0-9._+=,@%-]`)

// fileName is the name of a saved file. It is never a path or an option. Different AWS names give
// different file names, so that no file overwrites the undo of another.
func fileName(s string) string {
	return notInFileName().ReplaceAllString(strings.ReplaceAll(s, "/", "%"), "_")
}
