package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/recorded"
)

// names are what is to be replaced.
type names map[string]bool

// inventory learns from a recording of it: each string there is a name, unless its
// member, or its form, says that it is something else.
func (n names) inventory(inv *account.Inventory) error {
	_, err := rewrite(inv, func(member, text string) string {
		switch {
		case kept[member]:
		case free[member]:
			n.mentioned(text)
		case strings.HasPrefix(strings.TrimSpace(text), "{"):
			n.document(text)
		default:
			n.name(text)
		}
		return text
	})
	return err
}

// kept are members of AWS's own words.
var kept = map[string]bool{
	"partition": true, "region": true, "regions": true, "excludedRegions": true, "status": true, "state": true, "resourceType": true,
	"decision": true, "version": true, "action": true, "enabled": true, "schemaVersion": true, "calls": true,
}

// free are members of prose, in which only ARNs and account IDs can be told to be names.
var free = map[string]bool{"detail": true, "reason": true, "deniedBy": true}

// name learns a name, an ARN, or names with slashes between them.
func (n names) name(text string) {
	n.mentioned(text)
	if strings.HasPrefix(text, "arn:") || plain.MatchString(text) {
		return
	}
	if strings.Contains(text, " ") {
		n.learn(text) // the name of an account, or the value of a tag
		return
	}
	n.pieces(text)
}

var (
	arnInText = regexp.MustCompile(`\barn:[a-z0-9*?-]+:[a-z0-9*?-]*:[a-z0-9*?-]*:([0-9a-z*?]*):(` + nameInARN + `+)`)
	awsID     = regexp.MustCompile(`\b(?:(?:o|r|p|ami|snap|vpc|vpce|lce)-[0-9A-Za-z_]{4,}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|(?:AROA|AIDA|AKIA|ASIA)[A-Z0-9]{8,})\b`)
)

// nameInARN is a character of what an ARN names, as far as text tells where that ends.
// A comma may be in the name of a role, unless it stands between two ARNs.
const nameInARN = `(?:[^\s"'<>(),;\]]|,(?:[^\s"'<>(),;\]a]|a[^\s"'<>(),;\]r]|ar[^\s"'<>(),;\]n]|arn[^\s"'<>(),;\]:]))`

// mentioned learns the ARNs and IDs in a text.
func (n names) mentioned(text string) {
	for _, m := range arnInText.FindAllStringSubmatch(text, -1) {
		if m[1] != "aws" { // AWS's own managed policies
			n.pieces(strings.TrimRight(m[2], "."))
		}
	}
	for _, word := range anyWord.FindAllString(text, -1) {
		if digits.MatchString(word) {
			n.learn(word)
		}
	}
	for _, id := range awsID.FindAllString(text, -1) {
		n.learn(id)
	}
}

// between is what stands between the names of a path, a URI or a pattern.
var between = regexp.MustCompile(`\$\{[^}]*\}|[/:*?@]+`)

func (n names) pieces(text string) {
	for _, piece := range between.Split(text, -1) {
		n.learn(piece)
	}
}

// document learns from a policy: statement IDs, ARNs, principals, the values of
// conditions, and what condition keys and policy variables name.
func (n names) document(text string) {
	if err := eachString(text, func(at place, from, to int) {
		v, err := unquoted(text[from:to])
		switch {
		case err != nil:
		case at.key:
			n.mentioned(v)
			if at.condition > 0 {
				n.conditionKey(v)
			}
		default:
			n.value(at.member, v, at.condition > 0)
		}
	}); err != nil { // a document all the same, up to where it is none
		n.mentioned(text)
	}
}

// place is where a string stands in a policy.
type place struct {
	member    string // that it is, or belongs to
	key       bool   // it is the name of that member
	condition int    // levels below Condition: operators are 1, condition keys 2
}

// kept is how many bytes of a string in JSON are words of the language of policies.
func (p place) kept(literal string) int {
	switch {
	case p.key && p.condition == 1:
		return len(literal)
	case p.key && p.condition == 2:
		return len(conditionWord.FindString(literal))
	case !p.key && p.condition == 0 && slices.ContainsFunc(wording, func(m string) bool { return strings.EqualFold(m, p.member) }):
		return len(literal)
	}
	return 0
}

// wording are members of a policy whose values are words of AWS's.
var wording = []string{"Version", "Effect", "Action", "NotAction", "Service"}

// conditionWord is what AWS names of a condition key, at the beginning of a string in
// JSON: all of it, but for the key of a tag or of an encryption context.
var conditionWord = regexp.MustCompile(`^"[A-Za-z0-9-]+:[A-Za-z0-9]+["/:]`)

// eachString visits the strings of a policy as they are written: from and to are where
// one stands. Of a key that is there twice it visits both.
func eachString(text string, visit func(at place, from, to int)) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	next := func(at place) (json.Token, error) {
		before := int(d.InputOffset())
		token, err := d.Token()
		if _, ok := token.(string); ok && err == nil {
			to := int(d.InputOffset())
			from := before + strings.IndexByte(text[before:to], '"')
			if at.key {
				at.member = token.(string)
			}
			visit(at, from, to)
		}
		return token, err
	}
	var value func(at place, depth int) error
	value = func(at place, depth int) error {
		const maxDepth = 1000 // no policy is nested so deep
		token, err := next(at)
		if err != nil {
			return err
		}
		if depth > maxDepth {
			return errors.New("nested too deep")
		}
		if _, ok := token.(json.Delim); !ok {
			return nil
		}
		for d.More() {
			inside := at
			if token == json.Delim('{') {
				if at.condition > 0 || strings.EqualFold(at.member, "Condition") {
					inside.condition++
				}
				inside.key = true
				key, err := next(inside)
				if err != nil {
					return err
				}
				inside.member, _ = key.(string)
				inside.key = false
			}
			if err := value(inside, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	return value(place{}, 0)
}

// value learns from a string in a policy.
func (n names) value(member, v string, condition bool) {
	n.mentioned(v)
	for _, m := range variable.FindAllStringSubmatch(v, -1) {
		key, otherwise, _ := strings.Cut(m[1], ",")
		n.conditionKey(key)
		n.name(strings.Trim(otherwise, "' "))
	}
	switch resource, ok := resourceOf(v); {
	case ok:
		n.pieces(resource) // all of it: a document tells where it ends
	case strings.HasPrefix(v, "arn:"):
	case condition, slices.ContainsFunc(naming, func(m string) bool { return strings.EqualFold(m, member) }):
		n.name(v)
	}
}

// naming are members of a policy with names that are no ARNs. A Service is AWS's.
var naming = []string{"Sid", "Id", "AWS", "Federated", "CanonicalUser"}

// conditionKey learns what a condition key names: the key of a tag, or of an
// encryption context, and an identity provider.
func (n names) conditionKey(key string) {
	prefix, rest, _ := strings.Cut(key, ":")
	if strings.Contains(prefix, ".") { // AWS's are words
		n.name(prefix)
	}
	if _, tag, ok := strings.Cut(key, "/"); ok {
		n.pieces(tag)
	} else if _, context, ok := strings.Cut(rest, ":"); ok {
		n.pieces(context)
	}
}

// variable is a policy variable, which may stand for any part of an ARN.
var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// resourceOf is what an ARN names, unless it is AWS's own.
func resourceOf(arn string) (resource string, ok bool) {
	parts := strings.SplitN(variable.ReplaceAllString(arn, "*"), ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[4] == "aws" {
		return "", false
	}
	return parts[5], true
}

var (
	letter = regexp.MustCompile(`\pL`)
	digits = regexp.MustCompile(`^[0-9]{12}$`)
	// plain is what is no name: versions, instants, addresses, names of AWS's services.
	plain = regexp.MustCompile(`^([0-9xX.v-]+|[0-9]{4}-[0-9]{2}-[0-9]{2}T.*|[0-9a-fA-F.:]+/[0-9]+|.*\.amazonaws\.com(\.cn)?)$`)
)

// learn learns one name.
func (n names) learn(name string) {
	switch {
	case digits.MatchString(name):
	case len(name) < 2, !letter.MatchString(name), plain.MatchString(name), account.IsRegion(name), vocabulary[strings.ToLower(strings.TrimSpace(name))]:
		return
	}
	n[name] = true
}

// vocabulary are words that tell nothing of whoever uses them: AWS's, and those
// that lifecycle management asks for, however they are written.
var vocabulary = func() map[string]bool {
	words := map[string]bool{}
	for _, word := range []string{
		account.CrossAccountRoleName, account.ManagedPolicyName, account.RepositoryTagKey, account.RepositoryTagValue, "CreatedBy", "DeprecatedBy",
		"FullAWSAccess", "RCPFullAWSAccess", "p-FullAWSAccess", "p-RCPFullAWSAccess", "aws", "aws-cn", "aws-us-gov", "service-role", "aws-service-role",
		"AWSServiceRoleForImageBuilder", "role", "assumed-role", "policy", "user", "group", "root", "repository", "image", "snapshot", "component",
		"image-recipe", "container-recipe", "image-pipeline", "distribution-configuration", "infrastructure-configuration", "lifecycle-policy",
		"lifecycle-execution", "AssumedRole", "account", "organization", "ou", "all", "true", "false", "sha256", "latest", "iblint",
		"imagebuilder", "iam", "sts", "ec2", "ecr", "organizations", "tag", "ssm", "s3", "kms", "logs", "lambda", "events", "cloudformation",
		"Version", "Id", "Statement", "Sid", "Effect", "Allow", "Deny", "Principal", "NotPrincipal", "Service", "Federated", "CanonicalUser",
		"Action", "NotAction", "Resource", "NotResource", "Condition", "Bool", "Null",
		account.ServiceControlPolicy, account.ResourceControlPolicy, "TAG_POLICY", "BACKUP_POLICY", "AISERVICES_OPT_OUT_POLICY",
	} {
		words[strings.ToLower(word)] = true
	}
	return words
}()

// Inventory is the inventory with pseudonyms in it.
func (r *Redactor) Inventory(inv *account.Inventory) (*account.Inventory, error) {
	data, err := rewrite(inv, func(member, text string) string {
		if kept[member] {
			return text
		}
		return r.Text(text)
	})
	if err != nil {
		return nil, err
	}
	return recorded.Parse("the redacted recording", data)
}

// rewrite writes a recording of the inventory in which each string is what f makes
// of it and of the member that it belongs to. The keys of maps are strings too; words
// that iblint defines are not.
func rewrite(inv *account.Inventory, f func(member, text string) string) ([]byte, error) {
	var b bytes.Buffer
	if err := recorded.Write(&b, inv); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(&b)
	decoder.UseNumber()
	var decoded map[string]any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, err
	}
	version := decoded["schemaVersion"]
	delete(decoded, "schemaVersion")
	rewritten := value(reflect.TypeFor[account.Inventory](), "", decoded, f).(map[string]any)
	rewritten["schemaVersion"] = version
	return json.Marshal(rewritten)
}

// value rewrites JSON that was made from a type.
func value(t reflect.Type, member string, v any, f func(member, text string) string) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if form, ok := reflect.Zero(t).Interface().(interface{ JSONSchemaAlias() any }); ok {
		t = reflect.TypeOf(form.JSONSchemaAlias())
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		if t.Kind() == reflect.Map {
			for key, item := range v {
				out[f(member, key)] = value(t.Elem(), member, item, f)
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
			if key == "value" || key == "items" {
				within = member // of what was read
			}
			out[key] = value(field, within, item, f)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = value(t.Elem(), member, item, f)
		}
		return out
	case string:
		if t == reflect.TypeFor[string]() {
			return f(member, v)
		}
	}
	return v
}

// fieldOf is the type of the field that JSON has under a key.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name == key {
			return field.Type, true
		}
	}
	return nil, false
}
