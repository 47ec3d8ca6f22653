package awsapi

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	ibtypes "github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/iblint/iblint/checks/account"
)

// lastExecution reads the latest execution of a lifecycle policy and the state of each
// resource: first the images, and then the resources of each image, which have the image as
// parent. An execution that succeeded may have skipped some of them.
func (b builder) lastExecution(policy string) account.Read[account.Execution] {
	list := pages(b.ctx, "imagebuilder:ListLifecycleExecutions", func(token *string) (p page[ibtypes.LifecycleExecution], err error) {
		out, err := b.client.ListLifecycleExecutions(b.ctx, &imagebuilder.ListLifecycleExecutionsInput{ResourceArn: aws.String(policy), NextToken: token, MaxResults: largestPage})
		if err != nil {
			return p, err
		}
		return page[ibtypes.LifecycleExecution]{items: out.LifecycleExecutions, marker: out.NextToken}, nil
	}, func(e ibtypes.LifecycleExecution) account.Execution {
		out := account.Execution{ID: aws.ToString(e.LifecycleExecutionId), Started: toSecond(e.StartTime)}
		if e.State != nil {
			out.Status, out.Reason = string(e.State.Status), aws.ToString(e.State.Reason)
		}
		return out
	})
	// The order of the list is not documented, so the latest is known only from the complete list.
	var why account.Unread
	if errors.As(list.Err(), &why) {
		return account.Unreadable[account.Execution](why)
	}
	if len(list.Items()) == 0 {
		return account.Absent[account.Execution]()
	}
	last := list.Items()[0]
	for _, e := range list.Items() {
		if e.Started.After(last.Started) {
			last = e
		}
	}
	if last.ID != "" {
		last.Resources = b.executionResources(last.ID)
	}
	return account.Present(last)
}

func (b builder) executionResources(execution string) account.List[account.ExecutionResource] {
	images := b.resourcesOf(execution, nil)
	parts := make([]account.List[account.ExecutionResource], len(images.Items()))
	b.eachAtOnce(len(parts), func(i int) {
		parts[i] = account.Complete[account.ExecutionResource](nil)
		if image := images.Items()[i]; image.Status != string(ibtypes.LifecycleExecutionResourceStatusSkipped) {
			parts[i] = b.resourcesOf(execution, aws.String(image.ID))
		}
	})
	all, gap := images.Items(), images.Err()
	for _, list := range parts {
		all = append(all, list.Items()...)
		if gap == nil {
			gap = list.Err()
		}
	}
	var why account.Unread
	if errors.As(gap, &why) {
		return account.Partial(all, why)
	}
	return account.Complete(all)
}

// resourcesOf lists the images of an execution, or with a parent the resources of that image.
func (b builder) resourcesOf(execution string, parent *string) account.List[account.ExecutionResource] {
	return pages(b.ctx, "imagebuilder:ListLifecycleExecutionResources", func(token *string) (p page[ibtypes.LifecycleExecutionResource], err error) {
		out, err := b.client.ListLifecycleExecutionResources(b.ctx, &imagebuilder.ListLifecycleExecutionResourcesInput{
			LifecycleExecutionId: aws.String(execution), ParentResourceId: parent, NextToken: token, MaxResults: largestPage,
		})
		if err != nil {
			return p, err
		}
		return page[ibtypes.LifecycleExecutionResource]{items: out.Resources, marker: out.NextToken}, nil
	}, func(r ibtypes.LifecycleExecutionResource) account.ExecutionResource {
		out := account.ExecutionResource{
			ID: aws.ToString(r.ResourceId), Account: aws.ToString(r.AccountId), Region: aws.ToString(r.Region), Image: aws.ToString(parent), URIs: r.ImageUris,
		}
		if r.State != nil {
			out.Status, out.Reason = string(r.State.Status), aws.ToString(r.State.Reason)
		}
		for _, s := range r.Snapshots {
			snapshot := account.ExecutionSnapshot{ID: aws.ToString(s.SnapshotId)}
			if s.State != nil {
				snapshot.Status, snapshot.Reason = string(s.State.Status), aws.ToString(s.State.Reason)
			}
			out.Snapshots = append(out.Snapshots, snapshot)
		}
		return out
	})
}
