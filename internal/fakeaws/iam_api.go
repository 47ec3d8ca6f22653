package fakeaws

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// role returns the role of a call. GetRole finds it by its key in the inventory, and other
// operations by the name that GetRole returns.
func (s *Server) role(c Call) account.Read[account.Role] {
	a, name := s.inventory.Accounts[c.Account], c.params.Get("RoleName")
	if c.Operation == "GetRole" || a == nil {
		return a.Role(name)
	}
	for _, key := range slices.Sorted(maps.Keys(a.Roles)) {
		if role, found, _ := a.Roles[key].Get(); found && role.Name == name {
			return a.Roles[key]
		}
	}
	return account.Absent[account.Role]()
}

func (s *Server) getRole(c Call, _ Fault) response {
	return respond(c, s.role(c), func(role account.Role) response {
		b := roleElements(account.RoleName{Name: role.Name, Path: role.Path}, role.ARN, role.ID)
		switch text, found, err := role.Trust.Get(); {
		case err == nil && found:
			b += element("AssumeRolePolicyDocument", encodeDocument(text))
		case err != nil:
			b += element("AssumeRolePolicyDocument", "%") // invalid URL encoding
		}
		if role.Boundary != "" {
			b += "<PermissionsBoundary>" + element("PermissionsBoundaryType", "Policy") + element("PermissionsBoundaryArn", role.Boundary) + "</PermissionsBoundary>"
		}
		if len(role.Tags) > 0 {
			b += "<Tags>"
			for _, key := range slices.Sorted(maps.Keys(role.Tags)) {
				b += "<member>" + element("Key", key) + element("Value", role.Tags[key]) + "</member>"
			}
			b += "</Tags>"
		}
		switch used, found, err := role.LastUsed.Get(); {
		case err == nil && found:
			b += "<RoleLastUsed>" + element("LastUsedDate", used.Date.UTC().Format(time.RFC3339)) + element("Region", used.Region) + "</RoleLastUsed>"
		case err == nil:
			b += "<RoleLastUsed></RoleLastUsed>"
		}
		return c.succeed("<Role>" + b + "</Role>")
	})
}

func roleElements(name account.RoleName, arn, id string) string {
	return element("Path", name.Path) + element("RoleName", name.Name) + element("RoleId", id) + element("Arn", arn) +
		element("CreateDate", "2026-01-01T00:00:00Z")
}

func (s *Server) listAttachedRolePolicies(c Call, f Fault) response {
	return respond(c, s.role(c), func(role account.Role) response {
		return list(s, c, f, role.Attached, "AttachedPolicies", func(p account.AttachedPolicy) string {
			return element("PolicyName", p.Name) + element("PolicyArn", p.ARN)
		})
	})
}

func (s *Server) listRolePolicies(c Call, f Fault) response {
	return respond(c, s.role(c), func(role account.Role) response {
		return list(s, c, f, role.Inline, "PolicyNames", func(p account.InlinePolicy) string { return escape(p.Name) })
	})
}

func (s *Server) getRolePolicy(c Call, _ Fault) response {
	return respond(c, s.role(c), func(role account.Role) response {
		name := c.params.Get("PolicyName")
		i := slices.IndexFunc(role.Inline.Items(), func(p account.InlinePolicy) bool { return p.Name == name })
		if i < 0 {
			return c.noSuchEntity("role policy", name)
		}
		return respond(c, role.Inline.Items()[i].Document, func(text string) response {
			return c.succeed(element("RoleName", role.Name) + element("PolicyName", name) + element("PolicyDocument", encodeDocument(text)))
		})
	})
}

// defaultVersion is the default version of all managed policies.
const defaultVersion = "v2"

// document returns the document of a managed policy from the first role that has it.
func (s *Server) document(c Call) account.Read[string] {
	arn, a := c.params.Get("PolicyArn"), s.inventory.Accounts[c.Account]
	if a == nil {
		return account.Read[string]{}
	}
	for _, key := range slices.Sorted(maps.Keys(a.Roles)) {
		role, _, _ := a.Roles[key].Get()
		for _, p := range append(slices.Clone(role.Attached.Items()), account.AttachedPolicy{ARN: role.Boundary, Document: role.BoundaryDocument}) {
			if p.ARN == arn && !p.Document.IsZero() {
				return p.Document
			}
		}
	}
	return account.Read[string]{}
}

func (s *Server) getPolicy(c Call, _ Fault) response {
	return respond(c, s.document(c), func(string) response {
		return c.succeed("<Policy>" + element("Arn", c.params.Get("PolicyArn")) + element("DefaultVersionId", defaultVersion) + element("IsAttachable", "true") + "</Policy>")
	})
}

func (s *Server) getPolicyVersion(c Call, _ Fault) response {
	version := c.params.Get("VersionId")
	if version != defaultVersion {
		return c.noSuchEntity("policy version", version)
	}
	return respond(c, s.document(c), func(text string) response {
		return c.succeed("<PolicyVersion>" + element("Document", encodeDocument(text)) + element("VersionId", version) + element("IsDefaultVersion", "true") + "</PolicyVersion>")
	})
}

// simulatePrincipalPolicy returns one result for each action. Actions on single resources have a
// result for each resource in the request. Resources of types that the action does not
// apply to are denied.
func (s *Server) simulatePrincipalPolicy(c Call, f Fault) response {
	read := account.Absent[account.Role]()
	if a := s.inventory.Accounts[c.Account]; a != nil {
		for _, key := range slices.Sorted(maps.Keys(a.Roles)) {
			if role, found, _ := a.Roles[key].Get(); found && role.ARN == c.params.Get("PolicySourceArn") {
				read = a.Roles[key]
			}
		}
	}
	return respond(c, read, func(role account.Role) response {
		type result struct {
			action string
			on     []account.SimulatedAction
		}
		var results []result
		for _, action := range c.members("ActionNames") {
			r := result{action: action}
			for _, one := range role.Simulated.Items() {
				if one.Action == action {
					r.on = append(r.on, one)
				}
			}
			if len(r.on) > 0 {
				results = append(results, r)
			}
		}
		all := account.Complete(results)
		var why account.Unread
		if errors.As(role.Simulated.Err(), &why) {
			all = account.Partial(results, why)
		}
		return list(s, c, f, all, "EvaluationResults", func(r result) string {
			service, _, _ := strings.Cut(r.action, ":")
			organization := true
			specific := ""
			for _, one := range r.on {
				specific += "<member>" + element("EvalResourceName", one.Resource) + element("EvalResourceDecision", one.Decision) + allowed("PermissionsBoundary", !one.DeniedByBoundary) + "</member>"
				organization = organization && !one.DeniedByOrganization
			}
			whole := element("EvalActionName", r.action) + allowed("Organizations", organization)
			if r.on[0].Resource == "*" {
				return whole + element("EvalResourceName", "*") + element("EvalDecision", r.on[0].Decision) + allowed("PermissionsBoundary", !r.on[0].DeniedByBoundary)
			}
			for _, resource := range c.members("ResourceArns") {
				if !strings.Contains(resource, ":"+service+":") {
					specific += "<member>" + element("EvalResourceName", resource) + element("EvalResourceDecision", "implicitDeny") + "</member>"
				}
			}
			return whole + element("EvalResourceName", "arn:${Partition}:"+service+":…") + element("EvalDecision", "implicitDeny") + "<ResourceSpecificResults>" + specific + "</ResourceSpecificResults>"
		})
	})
}

// allowed returns whether a type of limit allows a simulated action.
func allowed(by string, is bool) string {
	return "<" + by + "DecisionDetail>" + element("AllowedBy"+by, strconv.FormatBool(is)) + "</" + by + "DecisionDetail>"
}

// members returns a list parameter of the Query protocol.
func (c Call) members(name string) (all []string) {
	for n := 1; c.params.Has(name + ".member." + strconv.Itoa(n)); n++ {
		all = append(all, c.params.Get(name+".member."+strconv.Itoa(n)))
	}
	return all
}

func (s *Server) listRoles(c Call, f Fault) response {
	var names account.List[account.RoleName]
	if a := s.inventory.Accounts[c.Account]; a != nil {
		names = withContradicted(a)
	}
	return list(s, c, f, names, "Roles", func(r account.RoleName) string {
		return roleElements(r, account.RoleARN(s.partition(c.Account), c.Account, r.Path, r.Name), "AROAFAKE")
	})
}

// withContradicted returns the names of an account's roles, including roles that GetRole does
// not find because responses contradict each other.
func withContradicted(a *account.Account) account.List[account.RoleName] {
	names := slices.Clone(a.RoleNames.Items())
	for _, name := range slices.Sorted(maps.Keys(a.Roles)) {
		var why account.Unread
		_, _, err := a.Roles[name].Get()
		listed := slices.ContainsFunc(names, func(n account.RoleName) bool { return n.Name == name })
		if errors.As(err, &why) && why.Reason == account.Contradicted && !listed {
			names = append(names, account.RoleName{Name: name, Path: "/"})
		}
	}
	var why account.Unread
	if errors.As(a.RoleNames.Err(), &why) {
		return account.Partial(names, why)
	}
	return account.Complete(names)
}

// respond returns a response for each of the three states of a part.
func respond[T any](c Call, read account.Read[T], present func(T) response) response {
	value, found, err := read.Get()
	var why account.Unread
	switch {
	case errors.As(err, &why):
		return c.unread(why)
	case !found && c.Service == imageBuilder:
		return c.fail(http.StatusNotFound, "ResourceNotFoundException", "The resource cannot be found.")
	case !found:
		return c.noSuchEntity("role", c.params.Get("RoleName"))
	}
	return present(value)
}

func (c Call) noSuchEntity(what, name string) response {
	return c.fail(http.StatusNotFound, "NoSuchEntity", fmt.Sprintf("The %s with name %s cannot be found.", what, name))
}

// list returns a page of a list. If the list is partial, the page after the known items is an
// error.
func list[T any](s *Server, c Call, f Fault, items account.List[T], name string, member func(T) string) response {
	all := items.Items()
	size, err := strconv.Atoi(c.params.Get("MaxItems"))
	if err != nil || size < 1 || size > 1000 {
		size = 100
	}
	if s.options.PageSize > 0 {
		size = min(size, s.options.PageSize)
	}
	requested, _ := strconv.Atoi(strings.TrimPrefix(c.params.Get("Marker"), "marker-"))
	offset := min(requested, len(all))
	var why account.Unread
	if errors.As(items.Err(), &why) && offset == len(all) {
		return c.unread(why)
	}
	end := min(offset+size, len(all))
	next := ""
	if end < len(all) || why.Reason != "" {
		next = "marker-" + strconv.Itoa(end)
	}
	switch f {
	case Loop:
		next = "marker-0"
	case Endless:
		next = "marker-" + strconv.Itoa(requested+1000)
	}

	b := "<" + name + ">"
	for _, item := range all[offset:end] {
		b += "<member>" + member(item) + "</member>"
	}
	b += "</" + name + ">" + element("IsTruncated", strconv.FormatBool(next != "" || f == NoMarker))
	if next != "" && f != NoMarker {
		b += element("Marker", next)
	}
	return c.succeed(b)
}
