package awsapi

import (
	"bufio"
	"cmp"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// profileSection matches the heading of a profile in the shared configuration and credentials files
// (AWS SDKs and Tools Reference Guide, "Shared config and credentials files").
var profileSection = lazyregexp.New(`^\s*\[\s*(?:profile\s+)?["']?([^\]"']+?)["']?\s*\]`)

// otherSection matches the heading of a section that is no profile.
var otherSection = lazyregexp.New(`^\s*\[\s*(?:sso-session|services|plugins)\b`)

// Profiles returns the names of the profiles in the AWS configuration, sorted. Files that cannot be
// read have none.
func Profiles() (names []string) {
	env, _ := config.NewEnvConfig() // loading the configuration returns the error
	for _, name := range []string{
		cmp.Or(env.SharedConfigFile, config.DefaultSharedConfigFilename()),
		cmp.Or(env.SharedCredentialsFile, config.DefaultSharedCredentialsFilename()),
	} {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if m := profileSection().FindStringSubmatch(lines.Text()); m != nil && !otherSection().MatchString(lines.Text()) {
				names = append(names, m[1])
			}
		}
		file.Close()
	}
	slices.Sort(names)
	return slices.Compact(names)
}
