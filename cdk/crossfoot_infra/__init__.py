"""The stacks that `cdk deploy` puts into an organization's account."""
