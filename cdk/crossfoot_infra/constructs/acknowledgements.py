"""What the rule packs object to and we keep, each with its reason, on one resource."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Acknowledge rules on one construct.

    Parameters
    ----------
    reasons : dict of str to str
        The rule's id, and why we keep what it objects to.
    """
    if reasons:
        Validations.of(construct).acknowledge(
            *(Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items())
        )
