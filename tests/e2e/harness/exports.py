"""Deliveries as AWS makes them: data files first, manifests last."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CARBON_EXPORT: Final = "crossfoot-carbon"
USAGE_EXPORT: Final = "crossfoot-cur2"
PLACES: Final = {
    f"exports/{CARBON_EXPORT}": f"carbon/{CARBON_EXPORT}",
    f"exports/{USAGE_EXPORT}": f"usage/{USAGE_EXPORT}",
}
_SAMPLE_BUCKET: Final = "s3://sample-landing/"
_MANIFEST: Final = "Manifest.json"


@dataclass(frozen=True)
class Delivery:
    """One delivery of one month of one export: keys and bodies.

    ``partition`` is the folder that names model version or month; ``delivered_at`` orders the
    deliveries of a sample as AWS would have made them.
    """

    export: str
    partition: str
    usage_period: str
    data: Mapping[str, bytes]
    manifests: Mapping[str, bytes]
    delivered_at: float = 0.0

    @property
    def is_carbon(self) -> bool:
        """Whether it is emissions and not usage."""
        return self.export == CARBON_EXPORT

    @property
    def model_version(self) -> str:
        """Version of AWS's methodology that the partition names."""
        return self.partition.split("/")[0].removeprefix("carbon_model_version=")

    def put(self, s3: Any, bucket: str, *, data: bool = True, manifests: bool = True) -> None:
        """Write the data, then what tells that it is whole."""
        bodies = (self.data if data else {}) | (dict(self.manifests) if manifests else {})
        for key, body in bodies.items():
            s3.put_object(Bucket=bucket, Key=key, Body=body)

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows of each file."""
        for body in self.data.values():
            yield pq.read_table(BytesIO(body))

    def scaled(self, factor: float, model_version: str | None = None) -> Self:
        """Return a later delivery of the month: every mass times a factor.

        AWS's own rule is kept: whole grams. Zero stays zero.
        """
        return self.remade([_scaled(table, factor) for table in self.tables()], model_version)

    def remade(self, tables: list[pa.Table], model_version: str | None = None) -> Self:
        """Return a delivery of other rows, as an execution of its own."""
        version = model_version or self.model_version
        partition = f"carbon_model_version={version}/usage_period={self.usage_period}"
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        folder = f"{partition}/{stamp}Z-{uuid.uuid4()}"
        root = PLACES[f"exports/{self.export}"]
        data = {
            f"{root}/data/{folder}/{self.export}-{number:05d}.snappy.parquet": parquet(
                with_version(table, version)
            )
            for number, table in enumerate(tables, start=1)
        }
        manifest = json.loads(next(iter(self.manifests.values())))
        bucket = manifest["dataFiles"][0].split("/")[2] if manifest["dataFiles"] else ""
        manifest |= {
            "executionId": folder[-36:],
            "dataFiles": [f"s3://{bucket}/{key}" for key in data],
        }
        body = json.dumps(manifest).encode()
        names = (folder, partition)
        manifests = {f"{root}/metadata/{each}/{self.export}-{_MANIFEST}": body for each in names}
        return replace(self, partition=partition, data=data, manifests=manifests)

    def with_tables(self, tables: list[pa.Table]) -> Self:
        """Return the delivery with other rows under the same keys, as when AWS writes it over."""
        bodies = (parquet(table) for table in tables)
        return replace(self, data=dict(zip(self.data, bodies, strict=True)))

    def with_body(self, body: bytes) -> Self:
        """Return the delivery with every data file replaced."""
        return replace(self, data=dict.fromkeys(self.data, body))


@dataclass(frozen=True)
class SampleExports:
    """The exports of a sample organisation, as they would land in a bucket."""

    root: Path
    bucket: str

    def deliveries(self, export: str, months: Mapping[str, Any] | set[str]) -> list[Delivery]:
        """Return the deliveries of some months, oldest first."""
        folder = self.root / "exports" / export / "metadata"
        found: dict[tuple[str, ...], list[Path]] = {}
        for path in folder.rglob(f"*{_MANIFEST}"):
            listed = tuple(json.loads(path.read_text())["dataFiles"])
            found.setdefault((self._partition(path, folder), *listed), []).append(path)
        made = [self._delivery(export, key[0], paths) for key, paths in found.items()]
        chosen = [delivery for delivery in made if delivery.usage_period in months]
        return sorted(chosen, key=lambda each: (each.delivered_at, each.partition))

    @staticmethod
    def _partition(path: Path, folder: Path) -> str:
        parts = path.relative_to(folder).parent.parts
        return "/".join(part for part in parts if "=" in part)

    def _delivery(self, export: str, partition: str, manifests: list[Path]) -> Delivery:
        # the manifest in the execution's folder comes before the one that the next overwrites
        manifests = sorted(manifests, key=lambda path: -len(path.parts))
        listed = json.loads(manifests[0].read_text())["dataFiles"]
        data = [self.root / uri.removeprefix(_SAMPLE_BUCKET) for uri in listed]
        return Delivery(
            export=export,
            partition=partition,
            usage_period=partition.rsplit("=", maxsplit=1)[-1],
            data={self._key(path): path.read_bytes() for path in data},
            manifests={self._key(path): self._told(path) for path in manifests},
            delivered_at=manifests[0].stat().st_mtime,
        )

    def _key(self, path: Path) -> str:
        key = path.relative_to(self.root).as_posix()
        return _placed(key)

    def _told(self, path: Path) -> bytes:
        """Return a manifest that names our bucket."""
        manifest = json.loads(path.read_text())
        manifest["dataFiles"] = [
            f"s3://{self.bucket}/{_placed(uri.removeprefix(_SAMPLE_BUCKET))}"
            for uri in manifest["dataFiles"]
        ]
        return json.dumps(manifest).encode()


def mirror(deliveries: list[Delivery], root: Path) -> None:
    """Write deliveries to disk as they lie in the bucket, so that ``crossfoot run`` reads them."""
    for delivery in deliveries:
        for key, body in {**delivery.data, **delivery.manifests}.items():
            path = root / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)


def parquet(table: pa.Table) -> bytes:
    """Return a table as AWS writes it: no Arrow schema, INT96 instants."""
    body = BytesIO()
    pq.write_table(
        table, body, compression="snappy", store_schema=False, use_deprecated_int96_timestamps=True
    )
    return body.getvalue()


def with_version(table: pa.Table, version: str) -> pa.Table:
    """Return rows that say which version of the methodology made them."""
    place = table.schema.get_field_index("model_version")
    return table.set_column(place, "model_version", pa.array([version] * len(table)))


def _scaled(table: pa.Table, factor: float) -> pa.Table:
    """Return the rows with every mass times a factor, in whole grams."""
    for place, name in enumerate(table.column_names):
        if name.endswith("_value"):
            grams = pc.round(pc.multiply(table[name], factor * 1e6))
            table = table.set_column(place, name, pc.divide(grams, 1e6))
    return table


def _placed(key: str) -> str:
    for here, there in PLACES.items():
        if key.startswith(f"{here}/"):
            return there + key.removeprefix(here)
    raise ValueError(f"{key} belongs to no export")
