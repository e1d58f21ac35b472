"""Where a fetched file came from, for errors that name the copy that was read."""

from collections.abc import Mapping

from crossfoot.domain.deliveries import PinnedDelivery, PinnedFile
from crossfoot.domain.errors import InputError


def origin_of(delivery: PinnedDelivery, file: PinnedFile) -> str:
    """Return the place and the version of a pinned file."""
    return f"s3://{delivery.bucket}/{file.key}?versionId={file.version_id}"


def tell_origins(error: InputError, origins: Mapping[str, str]) -> None:
    """Put S3's places into an error that names files of a temporary folder."""

    def told(text: str) -> str:
        # the longest first: a file before the folder it lies in
        for path in sorted(origins, key=len, reverse=True):
            text = text.replace(path, origins[path])
        return text

    error.message = told(error.message)
    error.args = tuple(told(str(argument)) for argument in error.args)
    error.file = None if error.file is None else told(error.file)
