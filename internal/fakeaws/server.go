// Package fakeaws is a test server on loopback that implements the AWS operations that iblint
// calls, and no others. It serves the accounts of an inventory. STS and IAM use the Query
// protocol with XML; ECR, Organizations and the tagging API use JSON 1.1; Image Builder and
// Account Management use REST with JSON. It does not verify signatures. The access key
// determines the account of a call.
package fakeaws

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// Options change how the server responds.
type Options struct {
	PageSize int              // maximum length of a page; 0: only the request limits it
	Latency  time.Duration    // delay of each response
	Fault    func(Call) Fault // returns the fault of a call; nil: no faults

	SessionEnds time.Time // expiry of the credentials of assumed roles; zero: far in the future

	Answered func(c Call, body string) // called for each successful response in JSON; may be nil
}

// Call is one call to the server.
type Call struct {
	Service   string // the SDK's service ID, such as IAM or imagebuilder
	Operation string
	Account   string // account of the access key
	Region    string // Region of the signature
	N         int    // number of calls of this operation so far, including this one
	params    url.Values
	body      []byte
}

// imageBuilder is the service ID of EC2 Image Builder, the only one in lower case.
const imageBuilder = "imagebuilder"

// The services whose SDK ID is not their signing name in capitals.
const (
	tagging           = "Resource Groups Tagging API"
	accountManagement = "Account"
	organizations     = "Organizations"
)

var serviceIDs = map[string]string{
	"sts": "STS", "iam": "IAM", "ecr": "ECR", "imagebuilder": imageBuilder,
	"ram": "RAM", "tagging": tagging, "account": accountManagement, "organizations": organizations,
}

// isJSON reports whether the service uses JSON for responses and errors.
func (c Call) isJSON() bool { return c.Service != "STS" && c.Service != "IAM" }

// Action returns the IAM action of the call, such as iam:GetRole.
func (c Call) Action() string {
	if c.Service == tagging {
		return "tag:" + c.Operation
	}
	return strings.ToLower(c.Service) + ":" + c.Operation
}

// Server serves an inventory.
type Server struct {
	URL string

	inventory  *account.Inventory
	partitions map[string]string
	options    Options
	dial       func(ctx context.Context, network, address string) (net.Conn, error) // nil: on a socket
	end        func()

	mutex      sync.Mutex
	counts     map[string]int
	denied     int
	unexpected []string
}

// Start starts a server on loopback. The caller must call Close.
func Start(inv *account.Inventory, options Options) *Server {
	s := newServer(inv, options)
	listening := httptest.NewServer(s)
	s.URL, s.end = listening.URL, func() {
		listening.CloseClientConnections()
		listening.Close()
	}
	return s
}

func newServer(inv *account.Inventory, options Options) *Server {
	return &Server{inventory: inv, partitions: partitions(inv), options: options, counts: map[string]int{}}
}

// Close ends the server and all connections.
func (s *Server) Close() { s.end() }

// Calls returns the number of calls by "Service Operation".
func (s *Server) Calls() map[string]int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return maps.Clone(s.counts)
}

// Denied returns the number of calls with the fault Deny.
func (s *Server) Denied() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.denied
}

// Unexpected returns the calls of operations that the server does not implement, because iblint
// must not call them.
func (s *Server) Unexpected() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.unexpected)
}

// response is an HTTP response.
type response struct {
	status int
	body   string
	hang   bool // never respond
}

// ServeHTTP responds to one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller has closed the connection
	}
	call := parse(r, body)
	operation, known := handlers[call.Service+" "+call.Operation]
	s.mutex.Lock()
	s.counts[call.Service+" "+call.Operation]++
	call.N = s.counts[call.Service+" "+call.Operation]
	if !known {
		s.unexpected = append(s.unexpected, call.Service+" "+call.Operation)
	}
	s.mutex.Unlock()

	fault := None
	if s.options.Fault != nil {
		fault = s.options.Fault(call)
	}
	if fault == Deny {
		s.mutex.Lock()
		s.denied++
		s.mutex.Unlock()
	}
	time.Sleep(s.options.Latency)
	a := call.fail(http.StatusBadRequest, "InvalidAction", "fakeaws does not implement this operation")
	if known {
		a = call.fail(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
		if account.IsAccountID(call.Account) {
			a = operation(s, call, fault)
		}
	}
	contentType := "text/xml"
	if call.isJSON() {
		contentType = "application/x-amz-json-1.1"
	}
	if s.options.Answered != nil && call.isJSON() && a.status == http.StatusOK && !a.hang {
		s.options.Answered(call, a.body)
	}
	w.Header().Set("Content-Type", contentType)
	fault.send(w, r, call, a)
}

// handlers are the operations that the server implements.
var handlers = map[string]func(*Server, Call, Fault) response{
	"STS GetCallerIdentity":        (*Server).getCallerIdentity,
	"STS AssumeRole":               (*Server).assumeRole,
	"IAM GetRole":                  (*Server).getRole,
	"IAM ListAttachedRolePolicies": (*Server).listAttachedRolePolicies,
	"IAM ListRolePolicies":         (*Server).listRolePolicies,
	"IAM GetRolePolicy":            (*Server).getRolePolicy,
	"IAM ListRoles":                (*Server).listRoles,
	"IAM GetPolicy":                (*Server).getPolicy,
	"IAM GetPolicyVersion":         (*Server).getPolicyVersion,
	"IAM SimulatePrincipalPolicy":  (*Server).simulatePrincipalPolicy,
	"ECR GetRepositoryPolicy":      (*Server).getRepositoryPolicy,
	"ECR GetRegistryPolicy":        (*Server).getRegistryPolicy,
	"ECR GetAccountSetting":        (*Server).getAccountSetting,
	"ECR ListTagsForResource":      (*Server).listTagsForResource,
	"ECR DescribeRepositories":     (*Server).describeRepositories,

	"RAM ListResources":                                 (*Server).listSharedResources,
	tagging + " GetResources":                           (*Server).getResources,
	accountManagement + " ListRegions":                  (*Server).listRegions,
	organizations + " ListAccounts":                     (*Server).listAccounts,
	organizations + " ListAccountsForParent":            (*Server).listAccounts,
	organizations + " ListOrganizationalUnitsForParent": (*Server).listOrganizationalUnits,
	organizations + " DescribeOrganization":             (*Server).describeOrganization,
	organizations + " ListRoots":                        (*Server).listRoots,
	organizations + " ListParents":                      (*Server).listParents,
	organizations + " ListPoliciesForTarget":            (*Server).listPoliciesForTarget,
	organizations + " DescribePolicy":                   (*Server).describePolicy,

	"imagebuilder ListLifecyclePolicies":          (*Server).listLifecyclePolicies,
	"imagebuilder GetLifecyclePolicy":             (*Server).getLifecyclePolicy,
	"imagebuilder ListDistributionConfigurations": (*Server).listDistributionConfigurations,
	"imagebuilder GetDistributionConfiguration":   (*Server).getDistributionConfiguration,
	"imagebuilder ListContainerRecipes":           (*Server).listContainerRecipes,
	"imagebuilder GetContainerRecipe":             (*Server).getContainerRecipe,
	"imagebuilder ListImageBuildVersions":         (*Server).listImageBuildVersions,
	"imagebuilder ListImagePipelines":             (*Server).listImagePipelines,
	"imagebuilder ListImageRecipes":               (*Server).listImageRecipes,

	"imagebuilder ListLifecycleExecutions":         (*Server).listLifecycleExecutions,
	"imagebuilder ListLifecycleExecutionResources": (*Server).listLifecycleExecutionResources,
}

// parse reads service, Region and access key from the credential scope of the signature, and the
// operation from its place in the service's protocol.
func parse(r *http.Request, body []byte) Call {
	call := Call{body: body}
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope, _, _ = strings.Cut(scope, ",")
	if parts := strings.Split(scope, "/"); len(parts) == 5 { // key/date/Region/service/aws4_request
		call.Account, call.Region, call.Service = accountOf(parts[0]), parts[2], serviceIDs[parts[3]]
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, call.Operation, _ = strings.Cut(target, ".")
		return call
	}
	if call.Service == "RAM" && r.URL.Path == "/listresources" { // REST, and the path is in lower case
		call.Operation = "ListResources"
		return call
	}
	if call.Service == imageBuilder || call.Service == accountManagement { // REST: the path is the operation
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name != "" {
			name = strings.ToUpper(name[:1]) + name[1:]
		}
		call.Operation, call.params = name, r.URL.Query()
		return call
	}
	call.params, _ = url.ParseQuery(string(body))
	call.Operation = call.params.Get("Action")
	return call
}

// Parameter returns a parameter of the Query protocol.
func (c Call) Parameter(name string) string { return c.params.Get(name) }
