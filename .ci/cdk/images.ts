// What the fixtures of the AWS CDK are synthesised from: fixtures/code/cdk-NAME/infra/cdk.out is
// what the app NAME below becomes. .ci/measure cdk compares them.
import * as cdk from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as imagebuilder from 'aws-cdk-lib/aws-imagebuilder';
import { Construct } from 'constructs';

const owner = { account: '111122223333', region: 'eu-west-1' };
const receiver = { account: '222233334444', region: 'eu-west-1' };
const managedPolicy = 'service-role/EC2ImageBuilderLifecycleExecutionPolicy';

/** A role for lifecycle management. */
function janitor(scope: Construct, service = 'imagebuilder.amazonaws.com'): iam.Role {
  return new iam.Role(scope, 'Janitor', {
    assumedBy: new iam.ServicePrincipal(service),
    managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(managedPolicy)],
  });
}

/** A lifecycle policy that deletes what is older than four months. */
function expiry(scope: Construct, role: iam.IRole, containers: boolean): void {
  new imagebuilder.CfnLifecyclePolicy(scope, 'Expiry', {
    name: containers ? 'expire-containers' : 'expire-images',
    executionRole: role.roleArn,
    resourceType: containers ? 'CONTAINER_IMAGE' : 'AMI_IMAGE',
    policyDetails: [{
      action: { type: 'DELETE', includeResources: containers ? { containers: true } : { amis: true, snapshots: true } },
      filter: { type: 'AGE', value: 120, unit: 'DAYS' },
    }],
    resourceSelection: containers ? { recipes: [{ name: 'shop', semanticVersion: 'x.x.x' }] } : { tagMap: { Retention: 'short' } },
  });
}

/** Container images in a repository that lifecycle management may not delete from. */
class Containers extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { env: owner });
    const repository = new ecr.Repository(this, 'Shop', { repositoryName: 'team/shop' });
    new imagebuilder.CfnContainerRecipe(this, 'Recipe', {
      name: 'shop',
      version: '2.0.0',
      containerType: 'DOCKER',
      parentImage: 'amazonlinux:2023',
      components: [{ componentArn: this.formatArn({ service: 'imagebuilder', account: 'aws', resource: 'component', resourceName: 'update-linux/x.x.x' }) }],
      targetRepository: { service: 'ECR', repositoryName: repository.repositoryName },
      dockerfileTemplateData: 'FROM {{{ imagebuilder:parentImage }}}\n',
    });
    expiry(this, janitor(this), true);
  }
}

/** The role is in a nested stack, and trusts another service. */
class Nested extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { env: owner });
    expiry(this, janitor(new cdk.NestedStack(this, 'Roles'), 'ec2.amazonaws.com'), false);
  }
}

/** Distributes AMIs to the receiver. */
class Hub extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { env: owner });
    expiry(this, janitor(this), false);
    new imagebuilder.CfnDistributionConfiguration(this, 'Distribution', {
      name: 'receivers',
      distributions: [{ region: this.region, amiDistributionConfiguration: { TargetAccountIds: [receiver.account] } }],
    });
  }
}

/** The role in the account that gets AMIs. */
class Receiver extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { env: receiver });
    new iam.Role(this, 'Access', {
      roleName: 'Ec2ImageBuilderCrossAccountLifecycleAccess',
      assumedBy: new iam.ServicePrincipal('imagebuilder.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': [owner.account, receiver.account] },
          ArnLike: { 'aws:SourceArn': 'arn:*:imagebuilder:*:*:image/*/*/*' },
        },
      }),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName(managedPolicy)],
    });
  }
}

const apps: Record<string, (app: cdk.App) => void> = {
  containers: (app) => new Containers(app, 'Containers'),
  nested: (app) => new Nested(app, 'Nested'),
  stage: (app) => {
    const live = new cdk.Stage(app, 'Live', { env: owner });
    expiry(new cdk.Stack(live, 'Images'), iam.Role.fromRoleName(live.node.findChild('Images') as cdk.Stack, 'Elsewhere', 'image-janitor'), false);
  },
  accounts: (app) => {
    new Hub(app, 'Hub');
    new Receiver(app, 'Receiver');
  },
};

const name = process.env.IBLINT_APP ?? '';
const build = apps[name];
if (build === undefined) {
  throw new Error(`IBLINT_APP is ${JSON.stringify(name)}; expected one of ${Object.keys(apps).join(', ')}`);
}
build(new cdk.App());
