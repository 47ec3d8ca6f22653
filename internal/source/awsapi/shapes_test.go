package awsapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	accountapi "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/iblint/iblint/internal/fakeaws"
)

// Every field in a response of fakeaws exists in the SDK's types with a matching type, so the
// responses in tests agree with AWS's model.
func TestAnswersHaveTheSDKsShapes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := aws.Config{}
		clients := map[string]any{
			"ECR": ecr.NewFromConfig(cfg), "imagebuilder": imagebuilder.NewFromConfig(cfg), "Organizations": organizations.NewFromConfig(cfg),
			"Account": accountapi.NewFromConfig(cfg), "RAM": ram.NewFromConfig(cfg), "Resource Groups Tagging API": resourcegroupstaggingapi.NewFromConfig(cfg),
		}
		var mutex sync.Mutex
		seen := map[string]bool{}
		all := recordings(t)
		all["the small organization"] = smallOrganization()
		for name, inv := range all {
			if name != "the small organization" && name != "organization" && name != "discovery" && name != "lifecycle-policy-selection" {
				continue
			}
			server := start(t, inv, fakeaws.Options{Answered: func(c fakeaws.Call, body string) {
				mutex.Lock()
				defer mutex.Unlock()
				operation := c.Service + " " + c.Operation
				seen[operation] = true
				method, ok := reflect.TypeOf(clients[c.Service]).MethodByName(c.Operation)
				if !ok {
					t.Errorf("the SDK has no %s", operation)
					return
				}
				var answer any
				if err := json.Unmarshal([]byte(body), &answer); err != nil {
					t.Errorf("%s: %v", operation, err)
				}
				fits(t, operation, answer, method.Type.Out(0))
			}})
			scoped := scope(inv)
			if _, err := reading(server, inv).Load(t.Context(), scoped); err != nil {
				t.Fatal(err)
			}
			if scoped.Organization != nil {
				scoped.Organization.Units = []string{fakeaws.Unit}
				if _, err := reading(server, inv).Load(t.Context(), scoped); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, o := range operations {
			if _, speaksJSON := clients[o.Service]; speaksJSON && !seen[o.Service+" "+o.Name] {
				t.Errorf("no answer of %s %s was looked at", o.Service, o.Name)
			}
		}
	})
}

func fits(t *testing.T, path string, value any, want reflect.Type) {
	t.Helper()
	for want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	switch v := value.(type) {
	case map[string]any:
		if want.Kind() == reflect.Map {
			for _, item := range v {
				fits(t, path+".*", item, want.Elem())
			}
			return
		}
		if want.Kind() != reflect.Struct {
			t.Errorf("%s is an object, the SDK has %s", path, want)
			return
		}
		for name, item := range v {
			field, ok := want.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) })
			if !ok && name != "requestId" { // the SDK keeps the request's ID elsewhere, where it is no member
				t.Errorf("%s.%s: %s has no such field", path, name, want)
			} else if ok {
				fits(t, path+"."+name, item, field.Type)
			}
		}
	case []any:
		if want.Kind() != reflect.Slice {
			t.Errorf("%s is a list, the SDK has %s", path, want)
			return
		}
		for _, item := range v {
			fits(t, path+"[]", item, want.Elem())
		}
	case string:
		if want.Kind() != reflect.String {
			t.Errorf("%s is a string, the SDK has %s", path, want)
		}
	case bool:
		if want.Kind() != reflect.Bool {
			t.Errorf("%s is a boolean, the SDK has %s", path, want)
		}
	case float64: // times are numbers of seconds
		if want.Kind() != reflect.Int32 && want.Kind() != reflect.Int64 && want.String() != "time.Time" {
			t.Errorf("%s is a number, the SDK has %s", path, want)
		}
	}
}
