package fakeaws

import (
	"encoding/json"
	"net/http"

	"github.com/iblint/iblint/checks/account"
)

// listSharedResources lists the images that the account shares in the Region of the call.
func (s *Server) listSharedResources(c Call, f Fault) response {
	var in struct {
		Owner string `json:"resourceOwner"`
		Type  string `json:"resourceType"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil || in.Owner != "SELF" || in.Type != "imagebuilder:Image" {
		return c.fail(http.StatusBadRequest, "InvalidParameterException", "fakeaws knows only images that the account shares")
	}
	return pageJSON(s, c, f, s.imageBuilder(c).SharedImages, paging{"maxResults", "nextToken", "nextToken", 100, 500}, "resources", func(i account.SharedImage) any {
		return object{"arn": i.Image, "resourceShareArn": i.Share, "type": "imagebuilder:Image", "status": "AVAILABLE", "resourceRegionScope": "REGIONAL"}
	})
}
