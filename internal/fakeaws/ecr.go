package fakeaws

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

func (s *Server) listTagsForResource(c Call, _ Fault) answer {
	var in struct {
		ResourceARN string `json:"resourceArn"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return c.fail(http.StatusBadRequest, "SerializationException", "")
	}
	parts := strings.SplitN(in.ResourceARN, ":", 6)
	if len(parts) != 6 || parts[1] != s.partition(c.Account) || parts[2] != "ecr" || parts[3] != c.Region || !strings.HasPrefix(parts[5], "repository/") {
		return c.fail(http.StatusBadRequest, "InvalidParameterException", "Invalid parameter at 'resourceArn' failed to satisfy constraint")
	}
	if parts[4] != c.Account {
		return c.unread(account.Unread{Reason: account.AccessDenied})
	}
	name := strings.TrimPrefix(parts[5], "repository/")
	read := s.inventory.Accounts[c.Account].Tags(account.Repository{Region: parts[3], Name: name})
	if _, found, err := read.Get(); err == nil && !found {
		return c.fail(http.StatusBadRequest, "RepositoryNotFoundException", "The repository with name '"+name+"' does not exist in the registry with id '"+c.Account+"'")
	}
	return respond(c, read, func(tags account.Tags) answer {
		list := []map[string]string{}
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			list = append(list, map[string]string{"Key": key, "Value": tags[key]})
		}
		return c.succeed(toJSON(map[string]any{"tags": list}))
	})
}
