"""Jobs of the organisation by name: what each ran on, took, cost the planet, and AWS reports of it.

A job of SageMaker is a resource of its own in AWS's bill, so its name is in the resource's ARN. A
job of AWS Batch is a task on machines, which AWS tags with the job's definition, its queue and its
compute environment; the job's own name is not in the bill, unless the user propagates a tag.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from crossfoot.domain.columns import tag_column
from crossfoot.domain.impacts import BOUNDS, CRITERIA

REPORTED: Final = ("total_lbm_kgco2e", "total_mbm_kgco2e")
COSTS: Final = (
    *("physical_on_demand_cost", "proxy_on_demand_cost"),
    *("unmodelled_on_demand_cost", "carried_on_demand_cost"),
)
ESTIMATED: Final = tuple(f"{criterion}{bound}" for criterion in CRITERIA for bound in BOUNDS)

_MACHINES: Final = frozenset({"machine", "reserved"})
_SAGEMAKER: Final = re.compile(
    r"arn:aws[a-z-]*:sagemaker:[^:]*:[0-9]*:(?P<kind>training|processing|transform)-job/(?P<name>.+)"
)
_BATCH_TASK: Final = re.compile(
    r"arn:aws[a-z-]*:ecs:[^:]*:[0-9]*:task/(?:AWSBatch-(?P<new>.+)-|(?P<old>.+)_Batch_)"
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.+"
)


class JobKind(StrEnum):
    """What a job is, and what its name is the name of."""

    TRAINING = "sagemaker-training"
    PROCESSING = "sagemaker-processing"
    TRANSFORM = "sagemaker-transform"
    TAGGED = "tagged"
    """All that carries the user's tag: its value is the name."""
    BATCH_DEFINITION = "batch-job-definition"
    BATCH_QUEUE = "batch-job-queue"
    BATCH_ENVIRONMENT = "batch-compute-environment"
    """What AWS names no job for, such as the unused part of Batch's machines."""


_BATCH_TAGS: Final = {
    JobKind.BATCH_DEFINITION: tag_column("aws:batch:job-definition"),
    JobKind.BATCH_QUEUE: tag_column("aws:batch:job-queue"),
    JobKind.BATCH_ENVIRONMENT: tag_column("aws:batch:compute-environment"),
}
BATCH_COLUMNS: Final = tuple(_BATCH_TAGS.values())


@dataclass(frozen=True, slots=True, order=True)
class JobName:
    """Which job: of a kind and name, in one account and Region."""

    kind: JobKind
    name: str
    usage_account_id: str
    region_code: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """Sums of one resource and its tags, from one table of the ledger; None where there is none.

    ``models`` are those that an estimate is of: a task's are its machine's.
    """

    resource_id: str | None
    usage_account_id: str
    region_code: str
    tags: Mapping[str, str | None]
    sums: Mapping[str, Decimal | None]
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsedModel:
    """How much of a model a resource used; None where the model has no amount."""

    row: JobRow
    model_name: str
    model_unit: str | None
    amount: Decimal | None


@dataclass(slots=True)
class Job:
    """A job and its sums. Estimated and reported figures stand apart, and are never added."""

    name: JobName
    resources: set[str] = field(default_factory=set)
    machines: dict[str, Decimal | None] = field(default_factory=dict)
    other_usage: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    estimated: dict[str, Decimal | None] = field(default_factory=dict)
    reported: dict[str, Decimal | None] = field(default_factory=dict)
    costs: dict[str, Decimal | None] = field(default_factory=dict)

    @property
    def machine_hours(self) -> Decimal | None:
        """Hours of all its machines; None where a machine only carried its tasks."""
        hours = [each for each in self.machines.values() if each is not None]
        return sum(hours, Decimal(0)) if hours else None


def name_of_job(
    resource_id: str | None, tags: Mapping[str, str | None], tag: str | None = None
) -> tuple[JobKind, str] | None:
    """Return the kind and name of the job that a resource is or works for; None where for none.

    Parameters
    ----------
    resource_id : str or None
        As AWS's bill spells it.
    tags : mapping
        Values by the ledger's columns.
    tag : str, optional
        Column of the tag that the user names jobs by.
    """
    job = _SAGEMAKER.fullmatch(resource_id or "")
    if job is not None:
        return JobKind(f"sagemaker-{job['kind']}"), job["name"]
    if tag is not None and (value := tags.get(tag)):
        return JobKind.TAGGED, value
    for kind, column in _BATCH_TAGS.items():
        if value := tags.get(column):
            return kind, value.rpartition("/")[2] if value.startswith("arn:") else value
    task = _BATCH_TASK.fullmatch(resource_id or "")
    return None if task is None else (JobKind.BATCH_ENVIRONMENT, task["new"] or task["old"])


def sum_jobs(
    used: Iterable[UsedModel],
    impacts: Iterable[JobRow],
    emissions: Iterable[JobRow],
    tag: str | None = None,
) -> Sequence[Job]:
    """Return the jobs in the rows, by their names; rows of no job are left.

    Ends of ranges are added as they are: the parts of a job share one grid and one set of factors.
    """
    jobs: dict[JobName, Job] = {}
    for model in used:
        job = _job_of(model.row, jobs, tag)
        if job is not None:
            _use(job, model)
    for row in impacts:
        job = _job_of(row, jobs, tag)
        if job is not None:
            for machine in filter(None, map(_machine, row.models)):
                job.machines.setdefault(machine, None)
            _add(job.estimated, row.sums, ESTIMATED)
            _add(job.costs, row.sums, COSTS)
    for row in emissions:
        job = _job_of(row, jobs, tag)
        if job is not None:
            _add(job.reported, row.sums, REPORTED)
    return [jobs[name] for name in sorted(jobs)]


def _job_of(row: JobRow, jobs: dict[JobName, Job], tag: str | None) -> Job | None:
    found = name_of_job(row.resource_id, row.tags, tag)
    if found is None:
        return None
    name = JobName(*found, row.usage_account_id, row.region_code)
    job = jobs.setdefault(name, Job(name))
    if row.resource_id:
        job.resources.add(row.resource_id)
    return job


def _use(job: Job, used: UsedModel) -> None:
    if used.amount is None or used.model_unit is None:
        return
    machine = _machine(used.model_name)
    if machine is not None:
        job.machines[machine] = (job.machines.get(machine) or Decimal(0)) + used.amount
    else:
        key = (used.model_name, used.model_unit)
        job.other_usage[key] = job.other_usage.get(key, Decimal(0)) + used.amount


def _machine(model_name: str) -> str | None:
    kind, _, name = model_name.partition(":")
    return name if kind in _MACHINES else None


def _add(
    sums: dict[str, Decimal | None], more: Mapping[str, Decimal | None], names: Iterable[str]
) -> None:
    """Add what is there: a figure that no row has stays None."""
    for name in names:
        parts = [part for part in (sums.get(name), more[name]) if part is not None]
        sums[name] = sum(parts, Decimal(0)) if parts else None
