package awsapi

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// wrongEnvironment returns an error that names a variable of the environment that the SDK would
// ignore, or refuse with an error that does not say what it expects.
func wrongEnvironment() error {
	if text := os.Getenv("AWS_MAX_ATTEMPTS"); text != "" {
		if n, err := strconv.Atoi(text); err != nil || n < 1 {
			return wrongValue("AWS_MAX_ATTEMPTS", text, "a number from 1 on")
		}
	}
	if mode := os.Getenv("AWS_RETRY_MODE"); mode != "" {
		if _, err := aws.ParseRetryMode(mode); err != nil {
			return wrongValue("AWS_RETRY_MODE", mode, "standard or adaptive")
		}
	}
	if ignored, _ := strconv.ParseBool(os.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")); ignored {
		return nil
	}
	const general = "AWS_ENDPOINT_URL"
	names := []string{general}
	for _, o := range operations {
		names = append(names, general+"_"+strings.ReplaceAll(strings.ToUpper(o.Service), " ", "_"))
	}
	for _, name := range names {
		if text := os.Getenv(name); text != "" && !isEndpoint(text) {
			return wrongValue(name, text, anEndpoint)
		}
	}
	return nil
}

// wrongRegionOrEndpoint returns an error that names a Region or an endpoint of the configuration that
// cannot be one. The SDK finds out when it makes the first call, and then blames the call.
func wrongRegionOrEndpoint(cfg aws.Config) error {
	if cfg.Region != "" && !account.IsRegion(cfg.Region) {
		name := "region of the AWS profile"
		for _, variable := range []string{"AWS_DEFAULT_REGION", "AWS_REGION"} {
			if os.Getenv(variable) == cfg.Region {
				name = variable
			}
		}
		return wrongValue(name, cfg.Region, "a Region such as eu-west-1")
	}
	if text := aws.ToString(cfg.BaseEndpoint); text != "" && !isEndpoint(text) {
		return wrongValue("endpoint_url of the AWS profile", text, anEndpoint)
	}
	return nil
}

const anEndpoint = "a URL such as https://host:port"

// isEndpoint reports whether a text is a URL that calls can be sent to.
func isEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func wrongValue(name, value, expected string) error {
	return &source.InputError{Err: fmt.Errorf("%s=%s: expected %s", name, source.Cut(value), expected)}
}
