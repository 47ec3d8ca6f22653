package testrun

// MayBecome reports whether the verdict of a check may change from one status to another if a
// part of the input is hidden. Unknown is always right. There are three other cases:
//   - What no rule needs has no finding. If a rule may need it, there may be one that is skipped.
//   - What no lifecycle rule needs is skipped. If it is not known any more whether a rule needs
//     it, and the prerequisite is met, that is a pass or a warning.
//   - A documented prerequisite that is missing fails, unless something that was read says that
//     its purpose is met otherwise. What is hidden excuses nothing.
func MayBecome(check, before, after string) bool {
	switch after {
	case "unknown":
		return true
	case "skip":
		return before == ""
	case "pass", "warn":
		return before == "skip"
	case "fail":
		excused := before == "warn" || before == "unknown"
		return excused && (check == "execution-role-policy" || check == "cross-account-role-policy" || check == "ecr-repository-tag")
	}
	return false
}
