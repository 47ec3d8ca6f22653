package awsapi

import (
	"cmp"
	"context"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/config"
)

// ConfigurationFiles returns the names of the files that the AWS SDK will read: the shared
// configuration and credentials, and the files that these and the environment name (AWS
// SDKs and Tools Reference Guide, "Settings reference"). Some of them may not exist.
func (a *AWS) ConfigurationFiles() []string {
	env, _ := config.NewEnvConfig() // loading the configuration returns the error
	shared := []string{
		cmp.Or(env.SharedConfigFile, config.DefaultSharedConfigFilename()),
		cmp.Or(env.SharedCredentialsFile, config.DefaultSharedCredentialsFilename()),
	}
	regular := true // only the SDK may read a pipe, which can be read once
	files := append(slices.Clone(shared), env.CustomCABundle, env.WebIdentityTokenFilePath, os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
	for _, name := range shared {
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			regular = false
		}
	}
	profiles := []string{cmp.Or(a.Profile, env.SharedConfigProfile, "default")}
	for _, how := range a.Access {
		profiles = append(profiles, how.Profile)
	}
	for _, name := range profiles {
		if name == "" || !regular {
			continue
		}
		profile, err := config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = shared[:1], shared[1:]
		})
		if err != nil {
			continue // loading the configuration returns the error
		}
		for p := &profile; p != nil; p = p.Source {
			files = append(files, p.CustomCABundle, p.WebIdentityTokenFile)
		}
	}
	return slices.DeleteFunc(files, func(name string) bool { return name == "" })
}
