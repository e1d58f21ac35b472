"""Where people and the pipeline ask Athena: one workgroup whose settings nobody can leave."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from crossfoot_infra.constructs.glue_tables import construct_id

_ENGINE: Final = "Athena engine version 3"
RESULTS: Final = "athena/"
"""Folder of query results in the work bucket, whose objects expire."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question worth keeping; its first line says what it answers."""

    name: str
    description: str
    sql: str


def saved_queries() -> Iterator[SavedQuery]:
    """Return the questions in ``crossfoot_infra/queries``, by name."""
    folder = files("crossfoot_infra") / "queries"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".sql"):
            sql = file.read_text(encoding="utf-8")
            first, _, _ = sql.partition("\n")
            yield SavedQuery(file.name.removesuffix(".sql"), first.removeprefix("-- "), sql)


class AthenaWorkspace(Construct):
    """A workgroup with encrypted results and a limit of what one query scans, and its questions.

    Parameters
    ----------
    scan_limit_gib : int
        A query that scans more is stopped by Athena.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        database_name: str,
        results: s3.IBucket,
        key: kms.IKey,
        scan_limit_gib: int,
    ) -> None:
        super().__init__(scope, id_)
        self.workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=name,
            description="Crossfoot: the ledger and the pipeline's own queries",
            recursive_delete_option=True,
            work_group_configuration=_configuration(results, key, scan_limit_gib),
        )
        for query in saved_queries():
            athena.CfnNamedQuery(
                self,
                construct_id(query.name),
                name=query.name,
                description=query.description,
                database=database_name,
                query_string=query.sql,
                work_group=self.workgroup.ref,
            )


def _configuration(
    results: s3.IBucket, key: kms.IKey, scan_limit_gib: int
) -> athena.CfnWorkGroup.WorkGroupConfigurationProperty:
    return athena.CfnWorkGroup.WorkGroupConfigurationProperty(
        enforce_work_group_configuration=True,
        bytes_scanned_cutoff_per_query=scan_limit_gib << 30,
        engine_version=athena.CfnWorkGroup.EngineVersionProperty(selected_engine_version=_ENGINE),
        publish_cloud_watch_metrics_enabled=True,
        requester_pays_enabled=False,
        result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
            output_location=f"s3://{results.bucket_name}/{RESULTS}",
            expected_bucket_owner=cdk.Stack.of(key).account,
            encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                encryption_option="SSE_KMS", kms_key=key.key_arn
            ),
        ),
    )
