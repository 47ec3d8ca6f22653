package lintcmd

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/awsapi"
)

const (
	defaultConfig = ".iblint.yaml"
	seeFormat     = "for the format, see docs/configuration.md"
)

// configuration is the configuration file.
type configuration struct {
	Owners      []ownerConfig `yaml:"owners"`
	RoleName    string        `yaml:"roleName"`   // assumed in accounts that have no profile or role of their own
	ExternalID  string        `yaml:"externalId"` // for RoleName
	SessionName string        `yaml:"sessionName"`

	Organization       *organizationConfig `yaml:"organization"`
	SourceAccountMeans string              `yaml:"sourceAccountMeans"`

	// Paths are what iblint check reads if the command line names no PATH. They are relative to
	// the directory of the configuration file.
	Paths []string `yaml:"paths"`

	Suppressions []suppressionConfig `yaml:"suppressions"`

	places yamlPlaces
}

type ownerConfig struct {
	AccessConfig   `yaml:",inline"`
	Regions        []string            `yaml:"regions"`
	ExecutionRoles []string            `yaml:"executionRoles"`
	Destinations   []destinationConfig `yaml:"destinations"`
	Repositories   map[string][]string `yaml:"repositories"` // names by Region
}

// organizationConfig selects accounts of an organization.
type organizationConfig struct {
	Units          []string `yaml:"units"`
	Accounts       []string `yaml:"accounts"`
	Exclude        []string `yaml:"exclude"`
	Regions        []string `yaml:"regions"`
	ExecutionRoles []string `yaml:"executionRoles"`
}

type destinationConfig struct {
	AccessConfig         `yaml:",inline"`
	LaunchPermissionOnly bool `yaml:"launchPermissionOnly"`
}

// AccessConfig is an account and the credentials to read it with.
type AccessConfig struct {
	Account    string `yaml:"account"`
	Profile    string `yaml:"profile"`
	Role       string `yaml:"role"`
	ExternalID string `yaml:"externalId"`
}

// configFile returns the file that --config names, or the default one, or "" if neither exists.
func (f *scopeFlags) configFile() string {
	if f.config != "" {
		return f.config
	}
	if _, err := os.Lstat(defaultConfig); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return defaultConfig
}

// configuration returns the content of the configuration file, which it reads once. Without
// a file it returns the zero value.
func (f *scopeFlags) configuration() (configuration, error) {
	name := f.configFile()
	if f.configured != nil || name == "" {
		return *cmp.Or(f.configured, &configuration{}), nil
	}
	data, err := f.inputs.ReadFile(name, strings.NewReader(""), f.maxInput.limit().Small())
	if err != nil {
		return configuration{}, err
	}
	c, err := parseConfiguration(name, data, f.checks)
	if err != nil {
		return configuration{}, err
	}
	f.configured = &c
	return c, nil
}

func parseConfiguration(name string, data []byte, all []checks.Check) (configuration, error) {
	c := configuration{places: yamlPlaces{file: name}}
	documents, fault := boundedYAML(data)
	if fault != nil {
		return c, usage("%s: %w", placeIn(name, fault.at), fault.error)
	}
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&c)
	var invalid yaml.Error
	var unknown *yaml.UnknownFieldError
	switch {
	case errors.Is(err, io.EOF):
		return c, nil // an empty file
	case errors.As(err, &unknown):
		at := cmp.Or(unknownField(documents[0].Body, reflect.TypeFor[configuration]()), unknown.Token)
		return c, usage("%s: unknown field %q (%s)", placeIn(name, at), source.Cut(at.Value), seeFormat)
	case errors.As(err, &invalid):
		return c, usage("%s: %s (%s)", placeIn(name, invalid.GetToken()), source.Cut(invalid.GetMessage()), seeFormat)
	case err != nil:
		return c, usage("%s: %s", name, source.Cut(err.Error()))
	}
	c.places.root = documents[0].Body
	if len(documents) > 1 {
		return c, usage("%s: a second YAML document begins here; expected one", placeIn(name, firstToken(documents[1].Body)))
	}
	if _, value := child(c.places.root, "organization"); value != nil && c.Organization == nil {
		// Decoding ignores an empty value, and would check only the account of the credentials.
		return c, usage("%s: organization is empty; to check all accounts of the organization, write organization: {}", c.places.of("organization"))
	}
	if m := c.validate(all); m != nil {
		return c, usage("%s: %s", c.places.of(m.path...), source.Cut(m.Error()))
	}
	return c, nil
}

func (c configuration) meaning() account.SourceAccountMeaning {
	return account.SourceAccountMeaning(c.SourceAccountMeans)
}

// paths are the paths of the configuration file, relative to the current directory.
func (c configuration) paths(file string) (all []string) {
	for _, text := range c.Paths {
		id, path, named := strings.Cut(text, "=")
		if !named || !digits().MatchString(id) {
			id, path = "", text
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(file), path)
		}
		if id != "" {
			path = id + "=" + path
		}
		all = append(all, path)
	}
	return all
}

func (c configuration) owners() []account.Owner {
	var inv account.Inventory // AddOwner merges entries with the same account
	for _, o := range c.Owners {
		owner := account.Owner{Account: o.Account, ExecutionRoles: o.ExecutionRoles}
		setRegions(&owner, o.Regions)
		for _, d := range o.Destinations {
			owner.Destinations = append(owner.Destinations, account.Target{Account: d.Account, LaunchPermissionOnly: d.LaunchPermissionOnly})
		}
		for _, region := range slices.Sorted(maps.Keys(o.Repositories)) {
			for _, name := range o.Repositories[region] {
				owner.Repositories = append(owner.Repositories, account.Repository{Region: region, Name: name})
			}
		}
		inv.AddOwner(owner)
	}
	return inv.Owners
}

func (c configuration) access() map[string]awsapi.Access {
	access := map[string]awsapi.Access{}
	add := func(a AccessConfig) {
		if how := (awsapi.Access{Profile: a.Profile, Role: a.Role, ExternalID: a.ExternalID}); how != (awsapi.Access{}) {
			access[a.Account] = how
		}
	}
	for _, o := range c.Owners {
		add(o.AccessConfig)
		for _, d := range o.Destinations {
			add(d.AccessConfig)
		}
	}
	return access
}
