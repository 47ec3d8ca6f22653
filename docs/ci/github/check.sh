#!/usr/bin/env bash
# The step of action.yml that runs iblint check. Its inputs are variables of the environment:
# the step passes no input as text of the script.
#
#   IBLINT_ARGUMENTS  flags and values of iblint check, one a line
#   IBLINT_PATHS      what to check, one path a line; without any, live accounts
#   IBLINT_SARIF      "true": write iblint.sarif, too
#
# It writes exit-code and sarif to GITHUB_OUTPUT, and ends with 0: a later step fails the job,
# after the results were uploaded. iblint itself writes the summary of the step.
set -euo pipefail

lines() { # without empty lines and without space around them
	sed -e 's/\r$//' -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d' <<< "$1"
}

arguments=() paths=()
# The bash of macOS has no mapfile, and small containers have no /dev/fd.
while IFS= read -r line; do [[ -z $line ]] || arguments+=("$line"); done <<< "$(lines "$IBLINT_ARGUMENTS")"
while IFS= read -r line; do [[ -z $line ]] || paths+=("$line"); done <<< "$(lines "$IBLINT_PATHS")"
formats=(--format github)
if [[ $IBLINT_SARIF == true ]]; then
	formats+=(--format sarif --output iblint.sarif)
	# Code scanning wants a file for each result. Those of a live account point at the workflow.
	workflow=${GITHUB_WORKFLOW_REF:-} # OWNER/REPOSITORY/.github/workflows/NAME.yml@refs/…
	workflow=${workflow%%@*}
	workflow=${workflow#"${GITHUB_REPOSITORY:-}"/}
	if ((${#paths[@]} == 0)) && [[ -f $workflow ]]; then
		formats+=(--sarif-anchor "$workflow")
	fi
fi
code=0
iblint check "${formats[@]}" ${arguments[@]+"${arguments[@]}"} -- ${paths[@]+"${paths[@]}"} || code=$?
sarif=
if [[ $IBLINT_SARIF == true && -s iblint.sarif ]]; then
	sarif=$PWD/iblint.sarif
fi
printf 'exit-code=%s\nsarif=%s\n' "$code" "$sarif" >> "$GITHUB_OUTPUT"
