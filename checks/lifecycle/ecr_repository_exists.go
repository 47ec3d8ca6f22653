package lifecycle

import (
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// ECRRepositoryExists checks that the repositories named by Image Builder resources exist.
var ECRRepositoryExists = checks.On(checks.Check{
	ID:       "ecr-repository-exists",
	Title:    "The ECR repository exists",
	Severity: checks.Medium,
	Kind:     account.RepositoryKind,
	Doc: `Container recipes, distribution settings and images name the repositories of container images. If the owner's account has
no such repository in the Region, the name is wrong, or the repository was deleted with all its images. Lifecycle management then
finds no container images. Correct the name where it is configured, or create the repository; a tag does not help here.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the owner's registry has a repository with this name in the Region"},
		{Status: checks.Fail, When: "it has none"},
		{Status: checks.Skip, When: "no lifecycle rule deletes container images in the repository"},
		{Status: checks.Unknown, When: "it could not be read whether the repository exists; or it has none, and it is not known whether a lifecycle rule deletes container images in it"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html",
		"https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListTagsForResource.html",
	},
	Needs: repositoryNeeds(),
}, (*demand.View).ContainerRepositories, func(r demand.ContainerRepository) (checks.Verdict, error) {
	if r.Unneeded != "" {
		return notUsed(r), nil
	}
	_, found, err := r.Tags.Get()
	if err != nil {
		return checks.Verdict{}, fmt.Errorf("cannot decide whether repository %s exists in %s: %w", r.Name, r.Region, err)
	}
	if !found {
		return ifNeeded(noRepository(r), r.Strength, r.Why), nil
	}
	return checks.Verdict{
		Status: checks.Pass, Evidence: []string{"the repository's ARN is " + r.Subject().ARN},
		Message: fmt.Sprintf("repository %s exists in %s", r.Name, r.Region), Short: "exists",
	}, nil
})

// repositoryNeeds are the needs of the repository checks. Names and tags are read many at a
// time. If that is refused, each repository is read separately.
func repositoryNeeds(more ...account.Part) []account.Need {
	own := []account.Need{
		{Part: account.RepositoryTagsPart, Use: account.Required},
		{Part: account.RepositoryNamesPart, Use: account.Fallback},
		{Part: account.TaggedPart, Use: account.Fallback},
	}
	return checks.Needs(account.RepositoryKind, append(own, checks.Required(more...)...)...)
}

// notUsed is the verdict for a repository that no lifecycle rule uses.
func notUsed(r demand.ContainerRepository) checks.Verdict {
	return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("repository %s in %s is not needed: %s", r.Name, r.Region, r.Unneeded), Short: notNeeded}
}

// noRepository is the verdict for a repository that does not exist.
func noRepository(r demand.ContainerRepository) checks.Verdict {
	return checks.Verdict{
		Status:   checks.Fail,
		Message:  fmt.Sprintf("repository %s does not exist in %s", r.Name, r.Region),
		Short:    "repository does not exist",
		Evidence: []string{"ECR has no repository with this name"},
		Fix: &checks.Fix{
			Summary: "Correct the repository name in the container recipe or distribution settings. If the name is right, create the repository with the tag.",
			Changes: []checks.Change{{
				Action: checks.CreateRepository, Partition: r.Partition, Account: r.Owner, Region: r.Region, Repository: r.Name,
				Key: account.RepositoryTagKey, Value: account.RepositoryTagValue,
			}},
			Cautions: []string{"First check that the container recipe names the right repository."},
		},
	}
}
