package lintcmd

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/fixtures"
)

// runs are, for each command with flags, arguments with which it reads each of its flags, and reads
// nothing from AWS.
var runs = map[string][]string{
	"check":       {"--recorded", "demo.json", "-q"},
	"diff":        {"demo.json", "demo.json"},
	"doctor":      {"--account", "0"}, // which is an error, found after those of other flags
	"explain":     {"3dc0f313", "--report", "demo.json"},
	"init":        {"--offline", "--output", "-"},
	"permissions": {"--for", "owner", "--as", "json", "--principal", "arn:aws:iam::111122223333:role/iblint"},
	"remediate":   {"--recorded", "demo.json"},
	"rules":       {},
	"snapshot":    {"--account", "0", "-o", "-"},
	"suppress":    {"3dc0f313", "--report", "demo.json", "--reason", "r", "--owner", "o", "--expires", "2999-01-01"},
	"trust":       {"trust.json"},
	"version":     {},
}

// inputs makes the files that runs read, in a directory of their own, which becomes the working directory.
func inputs(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	trust := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}}`
	for name, data := range map[string][]byte{"demo.json": fixtures.Demo, "trust.json": []byte(trust)} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func ran(t *testing.T, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

var (
	flagInHelp = regexp.MustCompile(`(?m)^  --([a-z-]+)(?:, -[a-z])?(?: ([A-Z=]+|\[.*\]))?(?:  |$)`)

	// listedInError matches an error about a value that is none of a few words.
	listedInError = regexp.MustCompile(`(?m)expected (?:one of )?([a-z]+(?:, [a-z]+)* or [a-z]+|[a-z]+(?:, [a-z-]+){2,})(?:;|$)`)
)

// A flag whose value is not a file completes to no files. A flag that has a value of a few words completes
// to these words, and the command accepts each of them. No flag accepts an empty value, unless it means
// something.
func TestFlagsCompleteToWhatTheyAccept(t *testing.T) {
	inputs(t)
	closed := map[string]int{} // the number of words, by flag
	for _, m := range commandInHelp.FindAllStringSubmatch(helpText(t), -1) {
		command := m[1]
		for _, m := range flagInHelp.FindAllStringSubmatch(helpText(t, command), -1) {
			flag, value := m[1], m[2]
			if value == "" {
				continue
			}
			with := func(value string) []string {
				return slices.Concat([]string{command}, runs[command], []string{"--" + flag, value})
			}
			_, completions, _ := ran(t, "__complete", command, "--"+flag, "")
			lines := strings.Split(strings.TrimSpace(completions), "\n")
			words, directive := lines[:len(lines)-1], lines[len(lines)-1]
			if files := value == "FILE" || value == "LEVEL=FILE"; files != (directive == ":0") {
				t.Errorf("%s --%s %s: completion directive %s", command, flag, value, directive)
			}

			code, _, refused := ran(t, with("no-such-word")...)
			if m := listedInError.FindStringSubmatch(refused); code == exitUsage && m != nil && strings.Contains(refused, "--"+flag) {
				want := regexp.MustCompile(`, | or `).Split(m[1], -1)
				if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(words)), want) {
					t.Errorf("%s --%s completes to %q, but the command expects %q", command, flag, words, want)
				}
				closed[command+" "+flag] = len(words)
			}
			for _, word := range words {
				word, _, _ = strings.Cut(word, "\t")
				if code, _, errors := ran(t, with(word)...); code == exitUsage && strings.Contains(errors, "--"+flag+" "+word+": expected") && word != allRegions {
					t.Errorf("%s --%s %s: %s", command, flag, word, errors)
				}
			}

			code, _, errors := ran(t, with("")...)
			if want := "iblint: --" + flag + ` "": `; !mayBeEmpty[flag] && (code != exitUsage || !strings.HasPrefix(errors, want)) {
				t.Errorf("%s --%s '': exit code %d, %s", command, flag, code, errors)
			}
		}
	}
	for _, flag := range []string{
		"check color", "check fail-on", "check format", "check resource-type", "check show", "check source-account-means", "diff format", "doctor format",
		"permissions as", "permissions color", "permissions for", "remediate as", "rules format", "trust format", "version format",
	} {
		if closed[flag] == 0 {
			t.Errorf("%s: the command refuses no other word, or the test reads no error", flag)
		}
	}
}

// An empty element of a list is as wrong as an empty value.
func TestEmptyElements(t *testing.T) {
	inputs(t)
	for _, flags := range []string{"--only=ecr-repository-tag,", "--only=,ecr-repository-tag", "--skip=,", "--region=eu-west-1,", "--show=,pass"} {
		code, _, errors := ran(t, "check", "--recorded", "demo.json", flags)
		if code != exitUsage || !strings.HasSuffix(errors, ": an element of the list is empty\n") {
			t.Errorf("%s: exit code %d, %s", flags, code, errors)
		}
	}
}

// Limits are validated for every command and every source, also for the demo, which needs none.
func TestLimitsAreValidated(t *testing.T) {
	inputs(t)
	for _, m := range commandInHelp.FindAllStringSubmatch(helpText(t), -1) {
		command := m[1]
		runs := [][]string{runs[command]}
		if strings.Contains(helpText(t, command), "--demo") {
			runs = append(runs, []string{"--demo"}, []string{"--owner", "111122223333", "--region", "eu-west-1"})
		}
		for _, run := range runs {
			for _, limit := range []struct{ flag, value, want string }{
				{"timeout", "0", "expected a duration above 0, such as 5m"},
				{"timeout", "0s", "expected a duration above 0, such as 5m"},
				{"timeout", "-1s", "expected a duration above 0, such as 5m"},
				{"timeout", "soon", "expected a duration above 0, such as 5m"},
				{"account-timeout", "-5s", "expected a duration above 0, such as 5m"},
				{"concurrency", "0", "expected 1 to 1000"},
				{"concurrency", "1001", "expected 1 to 1000"},
				{"concurrency", "many", "expected 1 to 1000"},
			} {
				if !strings.Contains(helpText(t, command), "--"+limit.flag+" ") {
					continue
				}
				args := slices.Concat([]string{command}, run, []string{"--" + limit.flag, limit.value})
				code, out, errors := ran(t, args...)
				if want := "iblint: --" + limit.flag + " " + limit.value + ": " + limit.want + "\n"; code != exitUsage || errors != want || out != "" {
					t.Errorf("%q: exit code %d, %s, expected %s", args, code, errors, want)
				}
			}
		}
	}
}
