package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// attemptTimeout limits one attempt of a call. The SDK has no limit, so one call without
// response would use up the time of all later calls.
const attemptTimeout = 30 * time.Second

// config loads the SDK's configuration. The read-only guard does not apply to its credential
// providers, which are the user's way to sign in. All clients that read for iblint use the
// result of guarded.
func (a *AWS) config(ctx context.Context, profile string) (aws.Config, error) {
	if err := wrongEnvironment(); err != nil {
		return aws.Config{}, err
	}
	load := func(more ...func(*config.LoadOptions) error) (aws.Config, error) {
		return config.LoadDefaultConfig(ctx, append(more, config.WithSharedConfigProfile(profile), config.WithAppID("iblint"),
			config.WithLogger(a.sdk.logger()), config.WithAPIOptions([]func(*middleware.Stack) error{a.checkResponses}))...)
	}
	cfg, err := load()
	var missing config.SharedConfigProfileNotExistError
	var broken config.SharedConfigLoadError
	switch {
	case err == nil && cfg.RetryMaxAttempts < 0: // the SDK would silently use its default
		return cfg, wrongValue("max_attempts of the AWS profile", strconv.Itoa(cfg.RetryMaxAttempts), "a number from 1 on")
	case err == nil:
		return cfg, wrongRegionOrEndpoint(cfg)
	case errors.As(err, &missing):
		return cfg, &source.InputError{Err: fmt.Errorf("there is no profile %q in the AWS configuration; to list the profiles, run: aws configure list-profiles", missing.Profile)}
	case errors.As(err, &broken):
		return cfg, &source.InputError{Err: fmt.Errorf("the AWS configuration %s cannot be read: %w", broken.Filename, broken.Err)}
	}
	// Credentials that cannot be set up do not end the run, because it may not need them.
	// Using them returns the error.
	cfg, again := load(config.WithCredentialsProvider(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, err
	})))
	if again != nil {
		return cfg, &source.InputError{Err: wrongSetting(ctx, profile, again)}
	}
	return cfg, wrongRegionOrEndpoint(cfg)
}

// wrongSetting returns an error that names the setting that the SDK refuses. The SDK's own error
// does so, except for the CA bundle.
func wrongSetting(ctx context.Context, profile string, err error) error {
	environment, _ := config.NewEnvConfig()
	name, file := "AWS_CA_BUNDLE", environment.CustomCABundle
	if file == "" {
		shared, _ := config.LoadSharedConfigProfile(ctx, cmp.Or(profile, environment.SharedConfigProfile, "default"), func(o *config.LoadSharedConfigOptions) {
			if environment.SharedConfigFile != "" {
				o.ConfigFiles = []string{environment.SharedConfigFile}
			}
			if environment.SharedCredentialsFile != "" {
				o.CredentialsFiles = []string{environment.SharedCredentialsFile}
			}
		})
		name, file = fmt.Sprintf("ca_bundle of profile %q", shared.Profile), shared.CustomCABundle
	}
	var path *fs.PathError
	switch {
	case file != "" && errors.As(err, &path) && path.Path == file:
		return fmt.Errorf("%s=%s: cannot be read: %w; expected a file with certificates in PEM", name, file, path.Err)
	case file != "" && strings.Contains(err.Error(), "custom CA bundle"):
		return fmt.Errorf("%s=%s: expected a file with certificates in PEM", name, file)
	}
	return fmt.Errorf("the AWS configuration is not valid: %s", strings.Join(strings.Fields(err.Error()), " "))
}

// guarded returns the configuration for clients that read account id. They are read-only,
// metered and, with Debug, traced.
func (a *AWS) guarded(cfg aws.Config, id string) aws.Config {
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions, guard)
	if a.Debug != nil {
		cfg.APIOptions = append(cfg.APIOptions, a.trace(id))
	}
	if cfg.Region == "" {
		// IAM and STS need a Region to find their endpoint. If the user has set none, the
		// partition is aws.
		cfg.Region = "us-east-1"
	}
	cfg.APIOptions = append(cfg.APIOptions, a.meter.forAccount())
	cfg.Retryer = retryer(cfg.RetryMaxAttempts)
	cfg.HTTPClient = a.httpClient(cfg.HTTPClient)
	return cfg
}

// httpClient returns one client for all accounts, so that their calls share connections. A
// configuration with a CA bundle has its own client.
func (a *AWS) httpClient(of aws.HTTPClient) aws.HTTPClient {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if made, ok := a.clients[of]; ok {
		return made
	}
	client, _ := of.(*awshttp.BuildableClient) // the SDK sets it if the user named a CA bundle
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	transport := client.GetTransport()
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = cap(a.meter.slots), 16*cap(a.meter.slots)
	transport.OnProxyConnectResponse = proxyRefused
	var made aws.HTTPClient = &http.Client{
		Transport: transport, Timeout: attemptTimeout,
		// None of these services redirects. A host that redirects is not AWS and must not
		// receive the session token, which the client would send along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if a.through != nil {
		made = a.through(made)
	}
	a.clients[of] = made
	return made
}

// proxyRefused returns an error that names the proxy if it refuses a connection.
func proxyRefused(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("HTTP %d %s from the proxy %s", response.StatusCode, http.StatusText(response.StatusCode), proxy.Host)
}

// caller is the account and the partition of credentials.
type caller struct{ account, partition string }

func (a *AWS) caller(ctx context.Context, cfg aws.Config, profile string) (caller, error) {
	if cfg.Credentials == nil {
		return caller{}, a.unusable(profile, &credentials.StaticCredentialsEmptyError{})
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return caller{}, unread(ctx, "", err)
		}
		return caller{}, a.unusable(profile, err)
	}
	out, err := sts.NewFromConfig(a.guarded(cfg, "")).GetCallerIdentity(ctx, nil)
	if err != nil {
		// The credentials are the cause only if AWS says so.
		if why := unread(ctx, "sts:GetCallerIdentity", err); why.Reason != account.NoCredentials && why.Reason != account.AccessDenied {
			return caller{}, why
		}
		return caller{}, a.unusable(profile, err)
	}
	partition, id, ok := splitARN(aws.ToString(out.Arn))
	if !ok || id != aws.ToString(out.Account) {
		return caller{}, account.Unread{Reason: account.Malformed, Action: "sts:GetCallerIdentity", Detail: fmt.Sprintf("the response holds the ARN %q, which does not match the account", aws.ToString(out.Arn))}
	}
	return caller{id, partition}, nil
}

// warn passes an error to Warn, each text once.
func (a *AWS) warn(err error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.Warn == nil || a.warned[err.Error()] {
		return
	}
	if a.warned == nil {
		a.warned = map[string]bool{}
	}
	a.warned[err.Error()] = true
	a.Warn(err)
}
