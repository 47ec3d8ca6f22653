package demand

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/iblint/iblint/checks/account"
)

// The index finds every image that a selection matches, and every policy that selects an image.
func TestIndexFindsWhatSelectsReports(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	tags := func() account.Tags {
		all := account.Tags{}
		for range r.IntN(3) {
			all[one("team", "Expires", "")] = one("web", "yes", "")
		}
		return all
	}
	selection := func() (s account.Selection) {
		for range r.IntN(3) {
			s.Recipes = append(s.Recipes, account.Recipe{Name: one("web", "Web", "my_app", "my app", "other"), Version: one("1.0.0", "x.x.x", "1.x.x")})
		}
		s.Tags = tags()
		return s
	}
	found := 0
	for range 2000 {
		var images []account.Image
		for i := range r.IntN(6) {
			images = append(images, account.Image{
				ARN:       fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:111122223333:image/%s/%s/%d", one("web", "my-app", "else"), one("1.0.0", "1.2.0", "2.0.0"), i),
				Tags:      tags(),
				BuildType: one("", "IMPORT", "USER_INITIATED"),
				Type:      one("", "AMI", "DOCKER"),
			})
		}
		at := &PolicyRegion{ImageBuilder: &account.ImageBuilder{Images: account.Complete(images)}}
		for i := range 1 + r.IntN(5) {
			p := OwnedPolicy{At: at, Images: at.Images}
			p.Name, p.ResourceType = fmt.Sprint(i), one(account.AMIImage, account.ContainerImage)
			p.Selection, p.Rules = account.Present(selection()), account.Present([]account.LifecycleRule{{Action: "DELETE"}})
			if r.IntN(5) == 0 {
				p.Selection = account.Unreadable[account.Selection](account.Unread{Reason: account.AccessDenied})
			}
			at.Policies = append(at.Policies, p)
		}
		p, s := at.Policies[0], selection()
		for _, image := range images {
			if OfType(image, p.ResourceType) && Selects(s, image) {
				found++
				if !slices.ContainsFunc(p.Candidates(s), func(c account.Image) bool { return c.ARN == image.ARN }) {
					t.Fatalf("%+v is no candidate of %+v", image, s)
				}
			}
			may := at.MaySelect(account.Selection{}, []account.Image{image})
			if !slices.IsSortedFunc(may, func(a, b OwnedPolicy) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) }) {
				t.Fatalf("the order is %v", may)
			}
			for _, other := range at.Policies {
				covers, known := other.Covers(image)
				if (covers || !known) && !slices.ContainsFunc(may, func(m OwnedPolicy) bool { return m.Name == other.Name }) {
					t.Fatalf("policy %s is not among those that may select %+v", other.Name, image)
				}
			}
		}
	}
	if found < 500 {
		t.Errorf("only %d matches", found)
	}
}
