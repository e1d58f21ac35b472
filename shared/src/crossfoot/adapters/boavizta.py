"""BoaviztAPI over HTTP, to compare with: asked, never imported, and never part of a figure.

Its traps are closed here. Another version gives other figures, so one is pinned. An unknown
instance type is replaced by one that is spelled alike, and an unknown place by Europe, so both are
looked up in its own lists before they are asked for.
"""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final

from crossfoot.domain.errors import InvalidArgumentError, ReferenceApiError
from crossfoot.usecases.cross_check import Bounds, ReferenceFigures

PINNED_VERSION: Final = "2.5.0"
_CRITERIA: Final = ("gwp", "adp", "pe")
_LARGEST: Final = 8 << 20
_GRAMS_PER_KILOGRAM: Final = 1000.0
_LOCATIONS: Final = {
    "AE": "ARE",
    "AU": "AUS",
    "BH": "BHR",
    "BR": "BRA",
    "CA": "CAN",
    "CH": "CHE",
    "CL": "CHL",
    "CN": "CHN",
    "DE": "DEU",
    "ES": "ESP",
    "FR": "FRA",
    "GB": "GBR",
    "HK": "HKG",
    "ID": "IDN",
    "IE": "IRL",
    "IL": "ISR",
    "IN": "IND",
    "IT": "ITA",
    "JP": "JPN",
    "KR": "KOR",
    "MX": "MEX",
    "MY": "MYS",
    "NZ": "NZL",
    "SA": "SAU",
    "SE": "SWE",
    "SG": "SGP",
    "TH": "THA",
    "TW": "TWN",
    "US": "USA",
    "ZA": "ZAF",
}
"""Its codes of places, ISO 3166 alpha-3, by ours, alpha-2."""


@dataclass(frozen=True, slots=True)
class Boavizta:
    """A BoaviztAPI that the user runs.

    Parameters
    ----------
    url : str
        Where it answers, such as ``http://localhost:5000``.
    timeout_seconds : float
        How long it may take for an answer. [s]
    """

    url: str
    timeout_seconds: float = 60.0

    @property
    def name(self) -> str:
        """Return what it is called."""
        return "BoaviztAPI"

    def check_version(self) -> str:
        """Return its version.

        Raises
        ------
        ReferenceApiError
            It does not answer, or has another version than the pinned one.
        """
        version = self._ask("/v1/utils/version")
        if version != PINNED_VERSION:
            raise ReferenceApiError(
                f"{self.url} is BoaviztAPI {version!r}; figures change between versions.",
                mend=f"Run version {PINNED_VERSION}.",
            )
        return PINNED_VERSION

    def instance_types(self) -> frozenset[str]:
        """Return the types of AWS that it knows."""
        listed = self._ask("/v1/cloud/instance/all_instances?provider=aws")
        return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()

    def location_of(self, country: str | None) -> str:
        """Return its code of a country.

        Raises
        ------
        InvalidArgumentError
            It has no factors of the country.
        """
        known = self._ask("/v1/utils/country_code")
        code = _LOCATIONS.get(country or "", "")
        if not isinstance(known, dict) or code not in known.values():
            raise InvalidArgumentError(
                f"BoaviztAPI has no electricity of {country or 'a place without a country'}.",
                mend="Give a Region of a country that it knows; it would take Europe's mix.",
            )
        return code

    def instance(self, name: str, location: str, load_percent: float) -> ReferenceFigures:
        """Return what it says of an instance in an hour, without PUE.

        Raises
        ------
        ReferenceApiError
            It does not answer, or its answer has not what it should.
        """
        query = [("verbose", "true"), ("duration", "1"), *(("criteria", it) for it in _CRITERIA)]
        usage = {"usage_location": location, "time_workload": load_percent}
        asked = {"provider": "aws", "instance_type": name, "usage": usage}
        path = f"/v1/cloud/instance?{urllib.parse.urlencode(query)}"
        answer = self._ask(path, asked)
        try:
            return _figures(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise self._unusable(f"its answer for {name} lacks {error}") from error

    def _ask(self, path: str, asked: object = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        body = None if asked is None else json.dumps(asked).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self.url.partition("://")[0].lower() not in {"http", "https"}:
            raise self._unusable("its address is not one of HTTP")
        try:
            request = urllib.request.Request(  # noqa: S310 - of HTTP, as was looked at
                f"{self.url.rstrip('/')}{path}", data=body, headers=headers
            )
            with urllib.request.urlopen(request, timeout=self.timeout_seconds) as stream:  # noqa: S310
                return json.loads(stream.read(_LARGEST))
        except (OSError, ValueError, HTTPException) as error:
            raise self._unusable(str(error)) from error

    def _unusable(self, problem: str) -> ReferenceApiError:
        return ReferenceApiError(
            f"{self.url} does not answer as BoaviztAPI {PINNED_VERSION}: {problem}.",
            mend="Start it, and give its address, such as --url http://localhost:5000.",
        )


def _figures(answer: Mapping[str, Any]) -> ReferenceFigures:
    impacts, verbose = answer["impacts"], answer["verbose"]
    use = {name: _bounds(impacts[name]["use"]) for name in _CRITERIA}
    made = {name: _bounds(impacts[name]["embedded"]) for name in _CRITERIA}
    power = verbose["avg_power"]
    return ReferenceFigures(
        watts=(float(power["value"]), float(power["min"]), float(power["max"])),
        grid_g_per_kwh=float(verbose["gwp_factor"]["value"]) * _GRAMS_PER_KILOGRAM,
        use={"ghg_use_kgco2e": use["gwp"], "pe_use_mj": use["pe"], "adp_use_kgsbeq": use["adp"]},
        embodied={
            "ghg_embodied_kgco2e": made["gwp"],
            "pe_embodied_mj": made["pe"],
            "adp_embodied_kgsbeq": made["adp"],
        },
        raw=impacts,
    )


def _bounds(figure: Mapping[str, Any] | str) -> Bounds | None:
    """Return a figure; it says ``not implemented`` where it has none."""
    if isinstance(figure, str):
        return None
    return float(figure["value"]), float(figure["min"]), float(figure["max"])
