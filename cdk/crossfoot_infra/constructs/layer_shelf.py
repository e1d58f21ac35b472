"""The layers that every function stands on, as `make layers` has packed them."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from crossfoot.domain.errors import ConfigurationError

LAYERS: Final = ("science", "app", "policy")


class LayerShelf(Construct):
    """The layers of one architecture, from ``<folder>/<architecture>/<layer>/python``.

    Raises
    ------
    ConfigurationError
        A layer has not been built.
    """

    def __init__(self, scope: Construct, id_: str, *, folder: Path, architecture: str) -> None:
        super().__init__(scope, id_)
        packed = folder / architecture
        missing = [name for name in LAYERS if not (packed / name / "python").is_dir()]
        if missing:
            raise ConfigurationError(
                f"the layers {', '.join(missing)} are missing for {architecture}.",
                mend="Run `make layers`.",
                file=str(packed),
            )
        self.all = [self._layer(name, packed / name, architecture) for name in LAYERS]

    def _layer(self, name: str, path: Path, architecture: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name.title(),
            code=lambda_.Code.from_asset(str(path)),
            description=f"Crossfoot: {name}",
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[
                lambda_.Architecture.ARM_64
                if architecture == "arm64"
                else lambda_.Architecture.X86_64
            ],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
