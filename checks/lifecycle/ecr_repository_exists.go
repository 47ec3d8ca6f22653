package lifecycle

import (
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// ECRRepositoryExists checks that a repository which something names is there.
var ECRRepositoryExists = checks.On(checks.Check{
	ID:       "ecr-repository-exists",
	Title:    "The ECR repository exists",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `Container recipes, distribution settings and images name the repositories that container images are in. Where there is no
such repository in the owner's account and that Region, the name is wrong, or the repository was deleted with all its
images; lifecycle management finds nothing there. That is another fault than a missing tag, and is mended elsewhere.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "there is a repository of this name in the owner's registry in that Region"},
		{Status: checks.Fail, When: "there is none"},
		{Status: checks.Unknown, When: "whether it exists could not be read"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html",
	},
	Needs: repositoryNeeds(),
}, (*account.View).ContainerRepositories, func(r account.ContainerRepository) (checks.Verdict, error) {
	_, found, err := r.Tags.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("whether repository %s exists in %s could not be read: %w", r.Name, r.Region, err)
	}
	if !found {
		return noRepository(r), nil
	}
	return checks.Verdict{
		Status: checks.Pass, Evidence: []string{"the repository's ARN is " + r.Subject().ARN},
		Message: fmt.Sprintf("repository %s exists in %s", r.Name, r.Region),
	}, nil
})

// repositoryNeeds are what a check of repositories looks at. Names and tags are
// read many at a time; where that is refused, each repository is read on its own.
func repositoryNeeds(more ...account.Part) []account.Need {
	own := []account.Need{
		{Part: account.RepositoryTagsPart, Use: account.Required},
		{Part: account.RepositoryNamesPart, Use: account.Fallback},
		{Part: account.TaggedPart, Use: account.Fallback},
	}
	return checks.Needs(account.RepositoryKind, append(own, checks.Required(more...)...)...)
}

func noRepository(r account.ContainerRepository) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("there is no repository %s in %s", r.Name, r.Region),
		Evidence: []string{"ECR found no repository of this name"},
		Fix: &checks.Fix{
			Summary: "Correct the name where the repository is named; when the name is right, create the repository with the tag.",
			Changes: []checks.Change{{
				Action: checks.CreateRepository, Partition: r.Partition, Account: r.Owner, Region: r.Region, Repository: r.Name,
				Key: account.RepositoryTagKey, Value: account.RepositoryTagValue,
			}},
			Cautions: []string{"Ask first whether the container recipe names the right repository."},
		},
	}
}
