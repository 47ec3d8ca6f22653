package awsapi

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	accountapi "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
)

// Every operation of the clients is refused before anything is sent, except the listed ones.
func TestGuardRefusesAllButTheListed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := &account.Inventory{}
		server := start(t, inv, fakeaws.Options{})
		a := reading(server, inv)
		a.begin()
		cfg, err := a.config(t.Context(), a.Profile)
		if err != nil {
			t.Fatal(err)
		}
		cfg = a.guarded(cfg, auditor)
		cfg.RetryMaxAttempts = 1

		tried := map[string]bool{}
		for service, client := range map[string]any{"STS": sts.NewFromConfig(cfg), "IAM": iam.NewFromConfig(cfg), "ECR": ecr.NewFromConfig(cfg), "imagebuilder": imagebuilder.NewFromConfig(cfg),
			"Organizations": organizations.NewFromConfig(cfg), "Account": accountapi.NewFromConfig(cfg), "RAM": ram.NewFromConfig(cfg), "Resource Groups Tagging API": resourcegroupstaggingapi.NewFromConfig(cfg)} {
			for name, call := range operationsOf(t.Context(), client) {
				tried[service+" "+name] = true
				before := server.Calls()[service+" "+name]
				err := call()
				sent := server.Calls()[service+" "+name] > before
				refusal := fmt.Sprintf("iblint is read-only and does not call %s %s", service, name)
				refused := err != nil && strings.Contains(err.Error(), refusal)
				if _, listed := operation(service, name); refused == listed || sent != listed {
					t.Errorf("%s %s: listed %v, refused %v, sent %v: %v", service, name, listed, refused, sent, err)
				}
			}
		}
		// That the operations were found by reflection at all.
		for _, name := range []string{"IAM DeleteRole", "IAM CreateRole", "IAM UpdateAssumeRolePolicy", "IAM TagRole", "STS GetSessionToken", "STS AssumeRole", "ECR GetAuthorizationToken", "ECR PutImage", "ECR TagResource", "imagebuilder DeleteImage", "imagebuilder StartResourceStateUpdate",
			"Organizations CloseAccount", "Account DisableRegion", "RAM DeleteResourceShare", "Resource Groups Tagging API UntagResources"} {
			if !tried[name] {
				t.Errorf("%s was not tried", name)
			}
		}
		for _, o := range operations {
			if !tried[o.Service+" "+o.Name] {
				t.Errorf("the listed operation %s %s does not exist", o.Service, o.Name)
			}
		}
	})
}

// operationsOf returns all operations of an SDK client, each with a valid input.
func operationsOf(ctx context.Context, client any) map[string]func() error {
	calls := map[string]func() error{}
	value := reflect.ValueOf(client)
	for i := range value.NumMethod() {
		method := value.Method(i)
		kind := method.Type()
		if kind.NumIn() != 3 || kind.In(0) != reflect.TypeFor[context.Context]() || kind.In(1).Kind() != reflect.Pointer {
			continue // not an operation
		}
		calls[value.Type().Method(i).Name] = func() error {
			input := reflect.New(kind.In(1).Elem())
			fill(input.Elem(), 0)
			err, _ := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})[1].Interface().(error)
			return err
		}
	}
	return calls
}

// fill sets every field, so that the SDK accepts the input.
func fill(v reflect.Value, depth int) {
	if depth > 12 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	case reflect.String:
		v.SetString("x")
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	}
}

// The guard does not apply to credential providers, so signing in works.
func TestProvidersAreOutsideTheGuard(t *testing.T) {
	t.Parallel()
	inv := smallOrganization()
	server := startOnLoopback(t, inv)
	a := reading(server, inv)
	base := a.Profile
	// A profile's own AssumeRole looks at the endpoint of the service only.
	configure("[services " + base + "]\nsts =\n  endpoint_url = " + server.URL + "\n")
	a.Access[destinationA] = Access{Profile: profile("endpoint_url = "+server.URL, "services = "+base, "source_profile = "+base, "role_arn = "+account.RoleARN("aws", destinationA, "/", "Audit"))}
	sameVerdicts(t, verdicts(inv), verdicts(load(t, t.Context(), a, inv)))
	if server.Calls()["STS AssumeRole"] < 3 {
		t.Error("roles were not assumed")
	}
}
