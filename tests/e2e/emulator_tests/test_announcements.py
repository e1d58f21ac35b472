"""What a bucket and a bus tell, and to whom."""

import json
import time
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from harness.stand_in import REGION, StandIn

ACCOUNT: Final = "000000000779"


def heard(stand_in: StandIn, pattern: dict[str, Any], bus: str, name: str) -> Any:
    """Listen to a bus; return a function that gives the next event."""
    sqs, events = stand_in.client("sqs", ACCOUNT), stand_in.client("events", ACCOUNT)
    url = sqs.create_queue(QueueName=name)["QueueUrl"].replace("localhost", "127.0.0.1")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])

    def next_event() -> dict[str, Any]:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
                return dict(json.loads(message["Body"]))
            time.sleep(0.05)
        raise AssertionError("nothing was heard")

    return next_event


def test_an_object_is_announced_with_its_version(stand_in: StandIn) -> None:
    """Two writes of one key are two announcements of two versions."""
    s3 = stand_in.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="announcing")
    s3.put_bucket_versioning(Bucket="announcing", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket="announcing", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    next_event = heard(stand_in, {"source": ["aws.s3"]}, "default", "objects")
    for body in (b"one", b"two"):
        version = s3.put_object(Bucket="announcing", Key="k", Body=body)["VersionId"]
        assert next_event()["detail"]["object"]["version-id"] == version


def test_a_role_sends_only_what_bears_its_name(stand_in: StandIn) -> None:
    """The condition on ``events:source`` decides."""
    iam = stand_in.client("iam", ACCOUNT)
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    condition = {"StringEquals": {"events:source": "crossfoot"}}
    allowed = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allowed | {"Condition": condition}]}
    role = iam.create_role(
        RoleName="teller",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    iam.put_role_policy(RoleName="teller", PolicyName="tell", PolicyDocument=json.dumps(document))
    events = stand_in.taken(role["Arn"], "events", ACCOUNT)
    entry = {"DetailType": "t", "Detail": "{}"}
    assert events.put_events(Entries=[entry | {"Source": "crossfoot"}])["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="not authorized"):
        events.put_events(Entries=[entry | {"Source": "somebody"}])


def test_a_trust_may_name_the_role_of_a_session(stand_in: StandIn) -> None:
    """``aws:PrincipalArn`` is the role's, as where one account trusts a role of another."""
    iam = stand_in.client("iam", ACCOUNT)
    own = f"arn:aws:iam::{ACCOUNT}:role/"
    for name, trusted in (("one", None), ("two", "one"), ("three", "somebody")):
        trust: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
        if trusted:
            trust["Condition"] = {"ArnEquals": {"aws:PrincipalArn": own + trusted}}
        document = {"Version": "2012-10-17", "Statement": [trust]}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    take = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [take]})
    iam.put_role_policy(RoleName="one", PolicyName="take", PolicyDocument=policy)
    sts = stand_in.taken(own + "one", "sts", ACCOUNT)
    assert sts.assume_role(RoleArn=own + "two", RoleSessionName="session")["Credentials"]
    with pytest.raises(ClientError, match="not authorized"):
        sts.assume_role(RoleArn=own + "three", RoleSessionName="session")


def test_accounts_have_two_regions(stand_in: StandIn) -> None:
    """An inventory of forty accounts ends in time."""
    found = stand_in.client("ec2", ACCOUNT).describe_regions()["Regions"]
    assert {each["RegionName"] for each in found} == {"us-east-1", "eu-west-1"}
