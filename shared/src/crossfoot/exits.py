"""How every command leaves: the exit status of each failure, and its name on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer
from rich.console import Console

from crossfoot.domain.errors import (
    CrossfootError,
    InputError,
    InterruptedRunError,
    ReconciliationError,
    WarehouseError,
)

EXIT_BAD_INPUT: Final = 2
EXIT_NOT_PROVEN: Final = 3
EXIT_OTHER: Final = 1


@contextmanager
def named_exit() -> Iterator[None]:
    """Say a named error in full, and leave with the status that scripts rely on."""
    try:
        yield
    except (InputError, WarehouseError) as error:
        _say(error)
        raise typer.Exit(EXIT_BAD_INPUT) from error
    except ReconciliationError as error:
        _say(error)
        raise typer.Exit(EXIT_NOT_PROVEN) from error
    except CrossfootError as error:
        _say(error)
        raise typer.Exit(EXIT_OTHER) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        _say(
            InputError(
                f"{error.strerror or error}.",
                mend="Check the path, and that you may read and write there.",
                file=None if error.filename is None else str(error.filename),
            )
        )
        raise typer.Exit(EXIT_BAD_INPUT) from error
    except (KeyboardInterrupt, RuntimeError) as error:
        # DuckDB takes Ctrl-C for itself and raises this
        if isinstance(error, RuntimeError) and str(error) != "Query interrupted":
            raise
        _say(
            InterruptedRunError(
                "Interrupted; nothing was published.",
                mend="Run the same command again: it clears what was left.",
            )
        )
        raise typer.Exit(EXIT_BAD_INPUT) from error


def _say(error: CrossfootError) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"{type(error).__name__}: {error}", markup=False)
