"""Hatches to AWS: S3, DynamoDB, Glue, Athena, EventBridge, Step Functions, Organizations."""
