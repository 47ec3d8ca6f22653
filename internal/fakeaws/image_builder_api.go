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
	Owner           string `json:"owner"`
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
	if n := c.listing().MaxResults; n != nil && (*n < 1 || *n > 100) {
		return c.fail(http.StatusBadRequest, "InvalidRequestException", "maxResults must be between 1 and 100")
	}
	return pageJSON(s, c, f, items, paging{"maxResults", "nextToken", "nextToken", 25, 100}, name, member)
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
		out := object{"arn": p.ARN, "name": p.Name, "status": p.Status, "executionRole": p.ExecutionRole, "resourceType": p.ResourceType}
		if !p.Updated.IsZero() {
			out["dateUpdated"] = p.Updated.Unix()
		}
		if !p.LastRun.IsZero() {
			out["dateLastRun"] = p.LastRun.Unix()
		}
		return out
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
			details = append(details, policyDetail(r, len(details)))
		}
		policy := object{"arn": arn, "name": all[i].Name, "status": all[i].Status, "executionRole": all[i].ExecutionRole, "resourceType": all[i].ResourceType, "policyDetails": details}
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

// policyDetail returns the n-th rule of a policy. If the inventory does not contain the
// filter, the rule has one of the three exclusions that read attributes, and no filter.
func policyDetail(r account.LifecycleRule, n int) object {
	amis := object{"regions": r.ExcludedRegions, "isPublic": r.IsPublic, "sharedAccounts": r.SharedAccounts, "tagMap": r.AMITags}
	if last := r.LastLaunched; last != nil {
		amis["lastLaunched"] = object{"unit": last.Unit, "value": last.Value}
	}
	detail := object{
		"exclusionRules": object{"amis": amis, "tagMap": r.ExcludedTags},
		"action":         object{"type": r.Action, "includeResources": object{"amis": r.AMIs, "snapshots": r.Snapshots, "containers": r.Containers}},
	}
	switch f := r.Filter; {
	case f != nil:
		filter := object{"type": f.Type, "value": f.Value}
		if f.Unit != "" {
			filter["unit"] = f.Unit
		}
		if f.RetainAtLeast != nil {
			filter["retainAtLeast"] = *f.RetainAtLeast
		}
		detail["filter"] = filter
	case r.ReadsAttributes:
		amis[[]string{"isPublic", "sharedAccounts", "lastLaunched"}[n%3]] = []any{true, []string{"999999999999"}, object{"unit": "WEEKS", "value": 2}}[n%3]
	}
	return detail
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
			if d.TargetAccounts != nil || d.SharedAccounts != nil || d.Shares != nil || d.AMITags != nil {
				one["amiDistributionConfiguration"] = object{"targetAccountIds": d.TargetAccounts, "launchPermission": launchPermission(d), "amiTags": d.AMITags}
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
		return object{"arn": r.ARN, "name": r.Name, "containerType": "DOCKER", "parentImage": r.ParentImage}
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

func (s *Server) listImageRecipes(c Call, f Fault) response {
	if c.listing().Owner != "Self" {
		return c.fail(http.StatusBadRequest, "InvalidRequestException", "fakeaws lists only the account's own recipes")
	}
	return listJSON(s, c, f, s.imageBuilder(c).ImageRecipes, "imageRecipeSummaryList", func(r account.ImageRecipe) any {
		return object{"arn": r.ARN, "name": r.Name, "owner": c.Account, "parentImage": r.ParentImage, "platform": "Linux"}
	})
}

func (s *Server) listImagePipelines(c Call, f Fault) response {
	return listJSON(s, c, f, s.imageBuilder(c).Pipelines, "imagePipelineList", func(p account.Pipeline) any {
		out := object{"arn": p.ARN, "name": p.Name, "status": p.Status, "imageTags": p.ImageTags}
		if strings.Contains(p.Recipe, ":container-recipe/") {
			out["containerRecipeArn"] = p.Recipe
		} else {
			out["imageRecipeArn"] = p.Recipe
		}
		if p.Distribution != "" {
			out["distributionConfigurationArn"] = p.Distribution
		}
		workflows := []any{}
		for _, arn := range p.Workflows {
			workflows = append(workflows, object{"workflowArn": arn})
		}
		out["workflows"] = workflows
		return out
	})
}

// listImageBuildVersions lists the builds of all images. It adds a deleted one, which iblint must
// ignore, and outputs of those that failed or were cancelled, which iblint must ignore, too.
func (s *Server) listImageBuildVersions(c Call, f Fault) response {
	if arn := c.listing().ImageVersionARN; arn != "" {
		return c.fail(http.StatusBadRequest, "InvalidRequestException", "fakeaws lists only the builds of all images")
	}
	stray := []account.AMI{{ID: "ami-0", Region: c.Region, Account: "999999999999"}}
	images := s.imageBuilder(c).Images
	builds := append(slices.Clone(images.Items()), account.Image{
		ARN: "arn:" + s.partition(c.Account) + ":imagebuilder:" + c.Region + ":" + c.Account + ":image/gone/1.0.0/1", State: "DELETED", AMIs: stray,
	})
	list := account.Complete(builds)
	var why account.Unread
	if errors.As(images.Err(), &why) {
		list = account.Partial(images.Items(), why)
	}
	return listJSON(s, c, f, list, "imageSummaryList", func(image account.Image) any {
		if image.State == "FAILED" || image.State == "CANCELLED" {
			image.AMIs = stray
		}
		amis, containers := []any{}, []any{}
		for _, ami := range image.AMIs {
			amis = append(amis, object{"image": ami.ID, "region": ami.Region, "accountId": ami.Account})
		}
		for _, container := range image.Containers {
			containers = append(containers, object{"region": container.Region, "imageUris": container.URIs})
		}
		out := object{"arn": image.ARN, "owner": c.Account, "tags": image.Tags, "outputResources": object{"amis": amis, "containers": containers}}
		if image.State != "" {
			out["state"], out["type"], out["buildType"] = object{"status": image.State}, image.Type, image.BuildType
		}
		if !image.Created.IsZero() {
			out["dateCreated"] = image.Created.Format("2006-01-02T15:04:05.000Z07:00")
		}
		if !image.DeprecationTime.IsZero() {
			out["deprecationTime"] = image.DeprecationTime.Unix()
		}
		return out
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
		snapshots := []any{}
		for _, s := range r.Snapshots {
			snapshots = append(snapshots, object{"snapshotId": s.ID, "state": object{"status": s.Status, "reason": s.Reason}})
		}
		return object{
			"resourceId": r.ID, "accountId": r.Account, "region": r.Region, "imageUris": r.URIs, "snapshots": snapshots,
			"state": object{"status": r.Status, "reason": r.Reason}, "action": object{"name": "DELETE"},
		}
	})
}
