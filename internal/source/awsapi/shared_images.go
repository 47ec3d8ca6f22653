package awsapi

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"

	"github.com/iblint/iblint/checks/account"
)

// sharedImages lists the images that the account shares through AWS RAM. One list takes the
// place of a call of GetImagePolicy for each image. The largest page is 500 items.
func (b builder) sharedImages() account.List[account.SharedImage] {
	return pages(b.ctx, "ram:ListResources", func(token *string) (p page[ramtypes.Resource], err error) {
		out, err := b.ram.ListResources(b.ctx, &ram.ListResourcesInput{
			ResourceOwner: ramtypes.ResourceOwnerSelf, ResourceType: aws.String("imagebuilder:Image"), NextToken: token, MaxResults: aws.Int32(500),
		})
		if err != nil {
			return p, err
		}
		return page[ramtypes.Resource]{items: out.Resources, marker: out.NextToken}, nil
	}, func(r ramtypes.Resource) account.SharedImage {
		return account.SharedImage{Image: aws.ToString(r.Arn), Share: aws.ToString(r.ResourceShareArn)}
	})
}
