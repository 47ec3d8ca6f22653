package fakeaws

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// imageBuilder returns the inventory's Image Builder in the Region of the call.
func (s *Server) imageBuilder(c Call) *account.ImageBuilder {
	if a := s.inventory.Accounts[c.Account]; a != nil && a.ImageBuilder[c.Region] != nil {
		return a.ImageBuilder[c.Region]
	}
	return &account.ImageBuilder{}
}

// listing contains the parameters of Image Builder's lists.
type listing struct {
	MaxResults      *int   `json:"maxResults"`
	ImageVersionARN string `json:"imageVersionArn"`
	ResourceARN     string `json:"resourceArn"`
	ExecutionID     string `json:"lifecycleExecutionId"`
	ParentID        string `json:"parentResourceId"`
}

func (c Call) listing() (in listing) {
	_ = json.Unmarshal(c.body, &in) // an empty body requests the first page
	return in
}

// listJSON returns a page of a list of Image Builder.
func listJSON[T any](s *Server, c Call, f Fault, items account.List[T], name string, member func(T) any) response {
	if n := c.listing().MaxResults; n != nil && (*n < 1 || *n > 25) {
		return c.fail(http.StatusBadRequest, "InvalidRequestException", "maxResults must be between 1 and 25")
	}
	return pageJSON(s, c, f, items, paging{"maxResults", "nextToken", "nextToken", 25, 25}, name, member)
}

// paging describes the paging of a JSON service's lists.
type paging struct {
	size, token, next string // names of the fields: page size, token in the request, token in the response
	usual, most       int    // default and maximum page size
}

// pageJSON returns a page of a list. With a PageSize, the first page is empty, as pages of Image
// Builder and Organizations may be. If the list is partial, the page after the known items
// is an error.
func pageJSON[T any](s *Server, c Call, f Fault, items account.List[T], p paging, name string, member func(T) any) response {
	var in map[string]any
	_ = json.Unmarshal(c.body, &in) // an empty body requests the first page
	token, _ := in[p.token].(string)
	size := p.usual
	if requested, ok := in[p.size].(float64); ok && requested >= 1 {
		size = min(p.most, int(requested))
	}
	all := items.Items()
	if s.options.PageSize > 0 {
		size = min(size, s.options.PageSize)
		if token == "" {
			size = 0
		}
	}
	requested, _ := strconv.Atoi(strings.TrimPrefix(token, "token-"))
	offset := min(requested, len(all))
	var why account.Unread
	if errors.As(items.Err(), &why) && offset == len(all) {
		return c.unread(why)
	}
	end := min(offset+size, len(all))
	out := map[string]any{"requestId": requestID}
	if end < len(all) || why.Reason != "" || size == 0 {
		out[p.next] = "token-" + strconv.Itoa(end)
	}
	switch f {
	case Loop:
		out[p.next] = "token-0"
	case Endless:
		out[p.next] = "token-" + strconv.Itoa(requested+1000)
	}
	members := []any{}
	for _, item := range all[offset:end] {
		members = append(members, member(item))
	}
	out[name] = members
	return c.succeed(toJSON(out))
}

type object = map[string]any

func (s *Server) listLifecyclePolicies(c Call, f Fault) response {
	return listJSON(s, c, f, s.imageBuilder(c).LifecyclePolicies, "lifecyclePolicySummaryList", func(p account.LifecyclePolicy) any {
		return object{"arn": p.ARN, "name": p.Name, "status": p.Status, "executionRole": p.ExecutionRole, "resourceType": p.ResourceType}
	})
}

func (s *Server) getLifecyclePolicy(c Call, _ Fault) response {
	arn := c.params.Get("lifecyclePolicyArn")
	all := s.imageBuilder(c).LifecyclePolicies.Items()
	i := slices.IndexFunc(all, func(p account.LifecyclePolicy) bool { return p.ARN == arn })
	if i < 0 {
		return c.fail(http.StatusNotFound, "ResourceNotFoundException", "The resource "+arn+" cannot be found.")
	}
	return respond(c, all[i].Rules, func(rules []account.LifecycleRule) response {
		details := []any{}
		for _, r := range rules {
			amis := object{"regions": r.ExcludedRegions, "isPublic": false}
			if r.ReadsAttributes { // any of the three exclusions reads attributes
				amis[[]string{"isPublic", "sharedAccounts", "lastLaunched"}[len(details)%3]] = []any{true, []string{"999999999999"}, object{"unit": "WEEKS", "value": 2}}[len(details)%3]
			}
			details = append(details, object{
				"exclusionRules": object{"amis": amis, "tagMap": object{"keep": "yes"}},
				"action":         object{"type": r.Action, "includeResources": object{"amis": r.AMIs, "snapshots": r.Snapshots, "containers": r.Containers}},
				"filter":         object{"type": "COUNT", "value": 3},
			})
		}
		policy := object{"arn": arn, "name": all[i].Name, "policyDetails": details}
		if selection, found, _ := all[i].Selection.Get(); found {
			recipes := []any{}
			for _, r := range selection.Recipes {
				recipes = append(recipes, object{"name": r.Name, "semanticVersion": r.Version})
			}
			policy["resourceSelection"] = object{"recipes": recipes, "tagMap": selection.Tags}
		}
		return c.succeed(toJSON(object{"lifecyclePolicy": policy}))
	})
}

func (s *Server) listDistributionConfigurations(c Call, f Fault) response {
	return listJSON(s, c, f, s.imageBuilder(c).Distributions, "distributionConfigurationSummaryList", func(d account.Distribution) any {
		return object{"arn": d.ARN, "name": d.Name, "regions": []string{c.Region}}
	})
}

func (s *Server) getDistributionConfiguration(c Call, _ Fault) response {
	arn := c.params.Get("distributionConfigurationArn")
	all := s.imageBuilder(c).Distributions.Items()
	i := slices.IndexFunc(all, func(d account.Distribution) bool { return d.ARN == arn })
	if i < 0 {
		return c.fail(http.StatusNotFound, "ResourceNotFoundException", "The resource "+arn+" cannot be found.")
	}
	return respond(c, all[i].Settings, func(settings []account.DistributionSettings) response {
		distributions := []any{}
		for _, d := range settings {
			one := object{"region": d.Region}
			if d.TargetAccounts != nil || d.SharedAccounts != nil || d.Shares != nil {
				one["amiDistributionConfiguration"] = object{"targetAccountIds": d.TargetAccounts, "launchPermission": launchPermission(d)}
			}
			if d.Repository != "" {
				one["containerDistributionConfiguration"] = object{"targetRepository": object{"service": "ECR", "repositoryName": d.Repository}}
			}
			distributions = append(distributions, one)
		}
		return c.succeed(toJSON(object{"requestId": requestID, "distributionConfiguration": object{"arn": arn, "name": all[i].Name, "timeoutMinutes": 60, "distributions": distributions}}))
	})
}

func (s *Server) listContainerRecipes(c Call, f Fault) response {
	return listJSON(s, c, f, s.imageBuilder(c).ContainerRecipes, "containerRecipeSummaryList", func(r account.ContainerRecipe) any {
		return object{"arn": r.ARN, "name": r.Name, "containerType": "DOCKER"}
	})
}

func (s *Server) getContainerRecipe(c Call, _ Fault) response {
	arn := c.params.Get("containerRecipeArn")
	all := s.imageBuilder(c).ContainerRecipes.Items()
	i := slices.IndexFunc(all, func(r account.ContainerRecipe) bool { return r.ARN == arn })
	if i < 0 {
		return c.fail(http.StatusNotFound, "ResourceNotFoundException", "The resource "+arn+" cannot be found.")
	}
	return respond(c, all[i].Repository, func(name string) response {
		return c.succeed(toJSON(object{"requestId": requestID, "containerRecipe": object{"arn": arn, "name": all[i].Name, "targetRepository": object{"service": "ECR", "repositoryName": name}}}))
	})
}

// listImages lists image versions. Their builds have a list of their own.
func (s *Server) listImages(c Call, f Fault) response {
	images := s.imageBuilder(c).Images
	versions := []string{}
	for _, image := range images.Items() {
		if v := versionOf(image.ARN); !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	list := account.Complete(versions)
	var why account.Unread
	if errors.As(images.Err(), &why) {
		list = account.Partial(versions, why)
	}
	return listJSON(s, c, f, list, "imageVersionList", func(arn string) any { return object{"arn": arn, "name": "image", "owner": c.Account} })
}

// listImageBuildVersions lists the builds of a version. It adds a deleted and a failed one, whose
// outputs iblint must ignore.
func (s *Server) listImageBuildVersions(c Call, f Fault) response {
	version := c.listing().ImageVersionARN
	type build struct {
		account.Image
		status string
	}
	var builds []build
	for _, image := range s.imageBuilder(c).Images.Items() {
		if versionOf(image.ARN) == version {
			builds = append(builds, build{image, "DEPRECATED"})
		}
	}
	for _, status := range []string{"DELETED", "FAILED", "CANCELLED"} {
		builds = append(builds, build{account.Image{ARN: version + "/" + status, AMIs: []account.AMI{{ID: "ami-0", Region: c.Region, Account: "999999999999"}}}, status})
	}
	return listJSON(s, c, f, account.Complete(builds), "imageSummaryList", func(b build) any {
		amis, containers := []any{}, []any{}
		for _, ami := range b.AMIs {
			amis = append(amis, object{"image": ami.ID, "region": ami.Region, "accountId": ami.Account})
		}
		for _, container := range b.Containers {
			containers = append(containers, object{"region": container.Region, "imageUris": container.URIs})
		}
		return object{"arn": b.ARN, "tags": b.Tags, "state": object{"status": b.status}, "outputResources": object{"amis": amis, "containers": containers}}
	})
}

func launchPermission(d account.DistributionSettings) object {
	groups, organizations, units := []string{}, []string{}, []string{}
	for _, who := range d.Shares {
		switch {
		case strings.Contains(who, ":ou/"):
			units = append(units, who)
		case strings.Contains(who, ":organization/"):
			organizations = append(organizations, who)
		default:
			groups = append(groups, who)
		}
	}
	return object{"userIds": d.SharedAccounts, "userGroups": groups, "organizationArns": organizations, "organizationalUnitArns": units}
}

// listLifecycleExecutions lists an older execution of a policy, and then the last one. It denies
// access if the inventory does not contain executions.
func (s *Server) listLifecycleExecutions(c Call, f Fault) response {
	read, recorded := s.imageBuilder(c).LastExecutions[c.listing().ResourceARN]
	execution, found, err := read.Get()
	var why account.Unread
	switch {
	case !recorded:
		return c.unread(account.Unread{Reason: account.NotCollected})
	case errors.As(err, &why):
		return c.unread(why)
	}
	runs := []account.Execution{}
	if found {
		runs = append(runs, account.Execution{ID: "lce-older", Status: "FAILED", Reason: "an older run", Started: execution.Started.Add(-24 * time.Hour)}, execution)
	}
	return listJSON(s, c, f, account.Complete(runs), "lifecycleExecutions", func(e account.Execution) any {
		return object{"lifecycleExecutionId": e.ID, "startTime": e.Started.Unix(), "state": object{"status": e.Status, "reason": e.Reason}}
	})
}

// listLifecycleExecutionResources lists the images of an execution, or the resources of the image
// that is the parent.
func (s *Server) listLifecycleExecutionResources(c Call, f Fault) response {
	in := c.listing()
	resources := account.Complete([]account.ExecutionResource{})
	for _, read := range s.imageBuilder(c).LastExecutions {
		if execution, found, _ := read.Get(); found && execution.ID == in.ExecutionID {
			resources = execution.Resources
		}
	}
	own := []account.ExecutionResource{}
	for _, r := range resources.Items() {
		if r.Image == in.ParentID {
			own = append(own, r)
		}
	}
	list := account.Complete(own)
	var why account.Unread
	if errors.As(resources.Err(), &why) {
		list = account.Partial(own, why)
	}
	return listJSON(s, c, f, list, "resources", func(r account.ExecutionResource) any {
		return object{
			"resourceId": r.ID, "accountId": r.Account, "region": r.Region, "imageUris": r.URIs,
			"state": object{"status": r.Status, "reason": r.Reason}, "action": object{"name": "DELETE"},
		}
	})
}

// versionOf returns the ARN of the image version of a build.
func versionOf(arn string) string {
	if i := strings.LastIndexByte(arn, '/'); i >= 0 {
		return arn[:i]
	}
	return arn
}
