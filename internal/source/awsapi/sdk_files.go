package awsapi

import (
	"cmp"
	"context"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
)

// ConfigurationFiles returns the names of the files that the AWS SDK will read: the shared
// configuration and credentials, the files that these and the environment name (AWS SDKs and
// Tools Reference Guide, "Settings reference"), and the cached tokens of sessions. Some of them
// may not exist.
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
			files = append(files, tokenFiles(p)...)
		}
	}
	return slices.DeleteFunc(files, func(name string) bool { return name == "" })
}

// tokenFiles are where "aws sso login" and "aws login" keep the tokens of a profile's sessions.
func tokenFiles(p *config.SharedConfig) (files []string) {
	sso := p.SSOStartURL
	if p.SSOSession != nil {
		sso = p.SSOSession.Name
	}
	if sso != "" {
		if name, err := ssocreds.StandardCachedTokenFilepath(sso); err == nil {
			files = append(files, name)
		}
	}
	if p.LoginSession != "" {
		if name, err := logincreds.StandardCachedTokenFilepath(p.LoginSession, os.Getenv("AWS_LOGIN_CACHE_DIRECTORY")); err == nil {
			files = append(files, name)
		}
	}
	return files
}
