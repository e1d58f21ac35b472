"""Answers of Athena's ``UNLOAD``: Parquet files of any number and any names in one folder."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crossfoot.adapters.aws.places import Place
from crossfoot.adapters.aws.s3_objects import S3Objects
from crossfoot.adapters.disk import disk_errors_named
from crossfoot.adapters.file_guards import decoding
from crossfoot.domain.errors import RunContentError, StorageError


class QueryResults:
    """Reads whole answers; no answer is larger than a function's memory."""

    def __init__(self, objects: S3Objects) -> None:
        self._objects = objects

    def table(self, folder: Place, schema: pa.Schema) -> pa.Table:
        """Return an answer under the columns and types that were asked for, in any order.

        An answer without rows may have no file.

        Raises
        ------
        RunContentError
            A file has not the columns that were asked for.
        StorageError
            A file that was listed is gone.
        """
        parts = [self._conformed(part, schema, folder) for part in self._files(folder)]
        return pa.concat_tables([schema.empty_table(), *parts]).combine_chunks()

    def _files(self, folder: Place) -> Iterator[pa.Table]:
        with disk_errors_named("fetching an answer"), tempfile.TemporaryDirectory() as scratch:
            for number, key in enumerate(self._objects.keys(folder)):
                path = Path(scratch) / str(number)
                if not self._objects.download(Place(folder.bucket, key), path):
                    raise StorageError(
                        f"s3://{folder.bucket}/{key} was listed and is gone.",
                        mend="The step is tried again.",
                    )
                if path.stat().st_size:
                    with decoding(path):
                        yield pq.read_table(path, partitioning=None)
                path.unlink()

    def _conformed(self, part: pa.Table, schema: pa.Schema, folder: Place) -> pa.Table:
        try:
            return part.select(schema.names).cast(schema)
        except (KeyError, ValueError, pa.ArrowNotImplementedError) as error:
            raise RunContentError(
                f"{folder.uri} does not hold the answer that was asked for ({error}).",
                mend="Deploy the pipeline again, so that queries and functions are of one version.",
            ) from error
