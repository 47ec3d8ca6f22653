package redact

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source/recorded"
)

// tree returns an inventory as decoded JSON.
func tree(inv *account.Inventory) (map[string]any, error) {
	data, err := json.Marshal(inv)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var decoded map[string]any
	err = decoder.Decode(&decoded)
	return decoded, err
}

// inventoryOf returns the inventory of a tree.
func inventoryOf(tree map[string]any) (*account.Inventory, error) {
	tree["schemaVersion"] = recorded.SchemaVersion
	data, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	return recorded.Parse("the redacted recording", data)
}

// messages are the members that hold error messages of a service or a file.
var messages = map[string]bool{"detail": true, "reason": true, "deniedBy": true}

// enumerated are the values that AWS or iblint defines for a member. Other values are
// replaced.
var enumerated = map[string]map[string]bool{
	"status": {"ENABLED": true, "DISABLED": true, "IN_PROGRESS": true, "SUCCESS": true, "FAILED": true, "CANCELLED": true, "CANCELLING": true, "PENDING": true, "SKIPPED": true},
	// Of an account, or of an image.
	"state": {
		"ACTIVE": true, "SUSPENDED": true, "PENDING_ACTIVATION": true, "PENDING_CLOSURE": true, "CLOSED": true,
		"PENDING": true, "CREATING": true, "BUILDING": true, "TESTING": true, "DISTRIBUTING": true, "INTEGRATING": true, "AVAILABLE": true,
		"CANCELLED": true, "FAILED": true, "DEPRECATED": true, "DELETED": true, "DISABLED": true,
	},
	"type":         {"AMI": true, "DOCKER": true, "AGE": true, "COUNT": true}, // of an image, or of a rule's filter
	"unit":         {"DAYS": true, "WEEKS": true, "MONTHS": true, "YEARS": true},
	"buildType":    {"USER_INITIATED": true, "SCHEDULED": true, "IMPORT": true, "IMPORT_ISO": true},
	"scope":        {"V1": true, account.RegistryScope: true}, // of a registry policy
	"resourceType": {account.AMIImage: true, account.ContainerImage: true},
	"decision":     {"allowed": true, "explicitDeny": true, "implicitDeny": true},
	"action":       {"DEPRECATE": true, "DISABLE": true, "DELETE": true},
	// The SDK's IDs of the services that iblint calls.
	"calls": {
		"Account": true, "ECR": true, "IAM": true, "imagebuilder": true, "Organizations": true, "RAM": true, "Resource Groups Tagging API": true,
		"SSO": true, "SSO OIDC": true, "STS": true, "Signin": true,
	},
	"discover": {
		string(account.ExecutionRoleKind): true, string(account.DestinationKind): true, string(account.RepositoryKind): true,
		string(account.LifecyclePolicyKind): true,
	},
	"sourceAccountMeans": {string(account.MeansDestination): true, string(account.MeansOwner): true, string(account.MeansEither): true},
}

// member visits a string that belongs to a member of an inventory.
func (w walker) member(member, text string) string {
	switch {
	case enumerated[member][text], member == "version" && semanticVersion().MatchString(text):
		return text
	case messages[member]:
		return w.errorText(text)
	case (member == "undecided" || member == "empty") && isInputPath(text):
		return text
	case member == "action":
		return w.action(text)
	}
	return w.string(text)
}

// inputMembers are the members of the input of CreateLifecyclePolicy.
var inputMembers = lazyregexp.New(`^(name|description|status|executionRole|resourceType|tags|clientToken|resourceSelection|recipes|tagMap|semanticVersion|` +
	`policyDetails|action|type|includeResources|amis|snapshots|containers|filter|value|unit|retainAtLeast|exclusionRules|isPublic|regions|sharedAccounts|lastLaunched)(\[[0-9]+\])?$`)

// isInputPath reports whether a path names a member of the input of CreateLifecyclePolicy.
func isInputPath(path string) bool {
	return !slices.ContainsFunc(strings.Split(path, "."), func(name string) bool { return !inputMembers().MatchString(name) })
}

// tree visits decoded JSON of a value of type t and returns the result. It also visits
// the keys of maps.
func (w walker) tree(t reflect.Type, member string, v any) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if form, ok := reflect.Zero(t).Interface().(interface{ JSONSchemaAlias() any }); ok {
		t = reflect.TypeOf(form.JSONSchemaAlias())
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		if t.Kind() == reflect.Map {
			for key, item := range v {
				out[w.member(member, key)] = w.tree(t.Elem(), member, item)
			}
			return out
		}
		for key, item := range v {
			field, ok := fieldOf(t, key)
			if !ok {
				out[key] = item
				continue
			}
			within := key
			switch {
			case key == "value" || key == "items":
				within = member // of the account.Read or account.List
			case t == attachedPolicy && key == "name" && isOwnARN(v["arn"], item):
				out[key] = item
				continue
			}
			out[key] = w.tree(field, within, item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = w.tree(t.Elem(), member, item)
		}
		return out
	case string:
		switch {
		case t == reflect.TypeFor[account.Reason](): // the set is closed
			return v
		case t.Kind() == reflect.String:
			return w.member(member, v)
		}
	}
	return v
}

var attachedPolicy = reflect.TypeFor[account.AttachedPolicy]()

// isOwnARN reports whether an ARN is that of an AWS managed policy with this name.
func isOwnARN(arn, name any) bool {
	text, _ := arn.(string)
	of, _ := name.(string)
	fields := fieldsOf(text)
	return len(fields) == 6 && fields[2] == "iam" && fields[4] == "aws" && strings.HasPrefix(fields[5], "policy/") && strings.HasSuffix(fields[5], "/"+of)
}

// fieldOf returns the type of the struct field that JSON has under a key.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	fields, known := fieldsByKey.Load(t)
	if !known {
		byKey := map[string]reflect.Type{}
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			byKey[name] = field.Type
		}
		fields, _ = fieldsByKey.LoadOrStore(t, byKey)
	}
	field, ok := fields.(map[string]reflect.Type)[key]
	return field, ok
}

// fieldsByKey caches, by struct type, the field types by JSON key.
var fieldsByKey sync.Map
