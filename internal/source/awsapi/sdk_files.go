package awsapi

import (
	"cmp"
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/iblint/iblint/internal/source"
)

// RegisterFiles registers the files that the AWS SDK reads, as far as they are known
// before it does: the shared configuration and credentials, and what they and the
// environment name (AWS SDKs and Tools Reference Guide, "Settings reference").
func (a *AWS) RegisterFiles() {
	env, _ := config.NewEnvConfig() // an error comes back when the configuration is loaded
	shared := []string{
		cmp.Or(env.SharedConfigFile, config.DefaultSharedConfigFilename()),
		cmp.Or(env.SharedCredentialsFile, config.DefaultSharedCredentialsFilename()),
	}
	whole := true // a pipe can be read once: not here
	files := []string{env.CustomCABundle, env.WebIdentityTokenFilePath, os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")}
	for _, name := range shared {
		source.Reads(name)
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			whole = false
		}
	}
	profiles := []string{cmp.Or(a.Profile, env.SharedConfigProfile, "default")}
	for _, how := range a.Access {
		profiles = append(profiles, how.Profile)
	}
	for _, name := range profiles {
		if name == "" || !whole {
			continue
		}
		profile, err := config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = shared[:1], shared[1:]
		})
		if err != nil {
			continue // it comes back, too
		}
		for p := &profile; p != nil; p = p.Source {
			files = append(files, p.CustomCABundle, p.WebIdentityTokenFile)
		}
	}
	for _, name := range files {
		source.Reads(name)
	}
}
