"""Instruments' own files: energy of a resource, the hours that it covers, and what is refused."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crossfoot.adapters.measured_energy import measured_files, read_measured
from crossfoot.domain.errors import (
    ColumnTypeError,
    ConfigurationError,
    InputNotFoundError,
    MeasurementError,
    MissingColumnError,
    UnreadableFileError,
)
from crossfoot.domain.observations import Measurement
from crossfoot.domain.period import UsagePeriod

SEPTEMBER = UsagePeriod("2026-09")
INSTANCE = "i-0123456789abcdef0"
OTHER = "i-0fedcba9876543210"
START = datetime(2026, 9, 1, 12, tzinfo=UTC).timestamp()

CODECARBON = (
    "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,"
    "gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,water_consumed,"
    "cloud_provider,cloud_region,tracking_mode,on_cloud,pue,wue"
)


def _run(
    at: str = "2026-09-01T13:00:00", seconds: float = 3600, kwh: float = 2.0, **cells: str
) -> str:
    row = dict.fromkeys(CODECARBON.split(","), "0") | {
        "timestamp": at,
        "project_name": INSTANCE,
        "run_id": "r-1",
        "duration": str(seconds),
        "energy_consumed": str(kwh),
        "tracking_mode": "machine",
        "pue": "1.0",
    }
    return ",".join((row | cells).values())


def _file(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _one(path: Path, period: UsagePeriod = SEPTEMBER) -> Measurement:
    (found,) = read_measured(path, period)
    return found


def _series(metric: dict[str, str], *values: tuple[float, float]) -> dict[str, object]:
    return {"metric": metric, "values": [[at, str(value)] for at, value in values]}


def _matrix(*series: dict[str, object]) -> str:
    data = {"resultType": "matrix", "result": list(series)}
    return json.dumps({"status": "success", "data": data})


class TestCodeCarbon:
    """Rows of runs."""

    def test_a_run_is_its_energy_without_its_pue(self, tmp_path: Path) -> None:
        """2.4 kWh at a PUE of 1.2 are 2 kWh of hardware, in the hour that the run took."""
        path = _file(tmp_path, "emissions.csv", CODECARBON, _run(kwh=2.4, pue="1.2"))

        assert _one(path) == Measurement(INSTANCE, 2.0, 1.0, "codecarbon")

    def test_a_flushed_run_counts_once(self, tmp_path: Path) -> None:
        """Rows of one run are each since its start, so the longest one is the run."""
        rows = [_run("2026-09-01T12:30:00", 1800, 1.0), _run(), _run("2026-09-01T12:45:00", 2700)]

        assert _one(_file(tmp_path, "emissions.csv", CODECARBON, *rows)).energy_kwh == 2.0

    def test_runs_one_after_the_other_add_up(self, tmp_path: Path) -> None:
        """Two runs of one machine are one measurement."""
        rows = [_run(), _run("2026-09-02T13:00:00", run_id="r-2")]
        found = _one(_file(tmp_path, "emissions.csv", CODECARBON, *rows))

        assert (found.energy_kwh, found.hours) == (4.0, 2.0)

    def test_runs_at_the_same_time_are_refused(self, tmp_path: Path) -> None:
        """Both measured the whole machine, so their sum would count it twice."""
        rows = [_run(), _run("2026-09-01T13:10:00", run_id="r-2")]

        with pytest.raises(MeasurementError, match=f"{INSTANCE} was measured twice"):
            read_measured(_file(tmp_path, "emissions.csv", CODECARBON, *rows), SEPTEMBER)

    def test_a_run_across_the_month_is_cut_by_time(self, tmp_path: Path) -> None:
        """Three of four hours lie in September, the fourth in October; no part is lost."""
        path = _file(
            tmp_path, "emissions.csv", CODECARBON, _run("2026-10-01T01:00:00", 4 * 3600, 4.0)
        )
        october = UsagePeriod("2026-10")

        assert (_one(path).energy_kwh, _one(path).hours) == (3.0, 3.0)
        assert (_one(path, october).energy_kwh, _one(path, october).hours) == (1.0, 1.0)
        assert read_measured(path, UsagePeriod("2026-08")) == []

    def test_a_whole_month_covers_all_hours(self, tmp_path: Path) -> None:
        """Hours are none where nothing of the month was left unmeasured."""
        path = _file(
            tmp_path, "emissions.csv", CODECARBON, _run("2026-10-01T00:00:00", 720 * 3600, 72.0)
        )

        assert _one(path).hours is None

    def test_one_process_is_not_the_machine(self, tmp_path: Path) -> None:
        """AWS bills the machine, so a process's energy cannot take its place."""
        path = _file(tmp_path, "emissions.csv", CODECARBON, _run(tracking_mode="process"))

        with pytest.raises(MeasurementError, match=r"tracking_mode.*row 1.*one process"):
            read_measured(path, SEPTEMBER)

    @pytest.mark.parametrize(
        ("cells", "error", "match"),
        [
            ({"energy_consumed": "much"}, ColumnTypeError, "column energy_consumed, row 1"),
            ({"energy_consumed": "-1"}, ColumnTypeError, "column energy_consumed"),
            ({"duration": "nan"}, ColumnTypeError, "column duration"),
            ({"pue": "0.5"}, ColumnTypeError, "column pue"),
            ({"timestamp": "yesterday"}, ColumnTypeError, "column timestamp"),
            ({"timestamp": "2026-09-01T13:00:00,more"}, UnreadableFileError, "another length"),
            ({"project_name": "training"}, MeasurementError, "'training'.*resources.toml"),
        ],
    )
    def test_what_cannot_be_read_is_named(
        self, tmp_path: Path, cells: dict[str, str], error: type[Exception], match: str
    ) -> None:
        """Each mistake has the file, the column, the row, and what to do."""
        path = _file(tmp_path, "emissions.csv", CODECARBON, _run(**cells))

        with pytest.raises(error, match=match):
            read_measured(path, SEPTEMBER)

    def test_a_missing_column_is_named(self, tmp_path: Path) -> None:
        """Without the duration nobody knows what the energy covers."""
        head = CODECARBON.replace("duration,", "")

        with pytest.raises(MissingColumnError, match="column duration"):
            read_measured(_file(tmp_path, "emissions.csv", head), SEPTEMBER)


class TestNames:
    """Which resource a machine is."""

    def test_the_list_names_machines_and_their_zone(self, tmp_path: Path) -> None:
        """A run that ended at 01:00 in Paris ended an hour before midnight, UTC."""
        _file(
            tmp_path, "resources.toml",
            'timezone = "Europe/Paris"', "[resources]", f'training = "{OTHER}"',
        )  # fmt: skip
        path = _file(
            tmp_path, "emissions.csv", CODECARBON,
            _run("2026-10-01T01:00:00", project_name="training"),
        )  # fmt: skip

        assert _one(tmp_path) == Measurement(OTHER, 2.0, 1.0, "codecarbon")
        assert measured_files(tmp_path) == [path, tmp_path / "resources.toml"]

    def test_a_machine_of_ones_own_can_be_left_out(self, tmp_path: Path) -> None:
        """An empty id says that it is not of AWS, on purpose."""
        _file(tmp_path, "resources.toml", "[resources]", 'lab = ""')
        _file(tmp_path, "emissions.csv", CODECARBON, _run(project_name="lab"))

        assert read_measured(tmp_path, SEPTEMBER) == []

    @pytest.mark.parametrize(
        "name", [f"{INSTANCE}.csv", f"{INSTANCE}.eu-west-1.csv", f"{INSTANCE}/emissions.csv"]
    )
    def test_the_name_of_a_file_or_folder_will_do(self, tmp_path: Path, name: str) -> None:
        """An instance's id in the path names what the file itself does not."""
        path = _file(tmp_path, name, CODECARBON, _run(project_name="codecarbon"))

        assert _one(path).resource_id == INSTANCE

    def test_machines_of_one_job_add_up(self, tmp_path: Path) -> None:
        """A job of two machines is one resource; their hours add up as its machine-hours do."""
        arn = "arn:aws:sagemaker:eu-west-1:000000000002:training-job/churn"
        _file(tmp_path, "resources.toml", "[resources]", f'host-1 = "{arn}"', f'host-2 = "{arn}"')
        for host in ("host-1", "host-2"):
            _file(tmp_path, f"{host}.csv", CODECARBON, _run(project_name=host))

        assert _one(tmp_path) == Measurement(arn, 4.0, 2.0, "codecarbon")

    def test_one_name_for_two_machines_of_a_job_is_refused(self, tmp_path: Path) -> None:
        """Without names of their own nobody can tell two machines from one that counts twice."""
        arn = "arn:aws:sagemaker:eu-west-1:000000000002:training-job/churn"
        for host in ("host-1", "host-2"):
            _file(tmp_path, f"{host}.csv", CODECARBON, _run(project_name=arn))

        with pytest.raises(MeasurementError, match=r"twice.*names of their own in resources\.toml"):
            read_measured(tmp_path, SEPTEMBER)

    def test_an_arn_is_a_resource(self, tmp_path: Path) -> None:
        """A training job can be named by what AWS's bill calls it."""
        arn = "arn:aws:sagemaker:eu-west-1:000000000002:training-job/churn"
        path = _file(tmp_path, "emissions.csv", CODECARBON, _run(project_name=arn))

        assert _one(path).resource_id == arn

    @pytest.mark.parametrize(
        "text",
        ["timezone = 'Mars'", "resources = 1", "[resources]\na = 1", "[machines]", "[", "a = 1"],
    )
    def test_a_list_that_cannot_be_used_is_named(self, tmp_path: Path, text: str) -> None:
        """A mistake in the list stops the run: it decides which figures are replaced."""
        _file(tmp_path, "resources.toml", text)
        _file(tmp_path, "emissions.csv", CODECARBON, _run())

        with pytest.raises(ConfigurationError, match=r"resources\.toml"):
            read_measured(tmp_path, SEPTEMBER)


class TestCarbontracker:
    """Standard logs, and JSON of the parser."""

    LOG = (
        "2026-09-01 12:00:00 - carbontracker version 2.3.1",
        "2026-09-01 12:00:00 - Only predicted consumptions are multiplied by a PUE of 1.58.",
        "2026-09-01 13:00:00 - Epoch 1:",
        "2026-09-01 13:00:00 - Duration: 1:00:00.00",
        "2026-09-01 13:00:00 - Average power usage (W) for gpu: [300. 400.]",
        "2026-09-01 13:00:00 - Average power usage (W) for cpu: 100.0",
        "2026-09-01 13:30:00 - Epoch 2:",
        "2026-09-01 13:30:00 - Duration: 0:30:00.00",
        "2026-09-01 13:30:00 - Average power usage (W) for gpu: None",
        "2026-09-01 13:30:00 - Average power usage (W) for cpu: 100.0",
    )

    def test_epochs_are_summed_without_pue(self, tmp_path: Path) -> None:
        """800 W for an hour; the epoch without a reading is not covered, and not zero."""
        path = _file(tmp_path, f"{INSTANCE}_2026-09-01T120000Z_carbontracker.log", *self.LOG)
        found = _one(path)

        assert (found.energy_kwh, found.hours, found.source) == (0.8, 1.0, "carbontracker")

    def test_older_logs_are_read_too(self, tmp_path: Path) -> None:
        """Their lines have milliseconds, a thread and a level."""
        lines = [line.replace(" - ", ",123 - MainThread - INFO - ", 1) for line in self.LOG]
        path = _file(tmp_path, f"{INSTANCE}_2026-09-01T12:00Z_carbontracker.log", *lines)

        assert _one(path).energy_kwh == 0.8

    def test_results_beside_the_log_do_not_count_again(self, tmp_path: Path) -> None:
        """The log of results tells the same energy times a PUE."""
        stem = f"{INSTANCE}_2026-09-01T120000Z_carbontracker"
        _file(tmp_path, f"{stem}.log", *self.LOG)
        output = _file(
            tmp_path, f"{stem}_output.log",
            "2026-09-01 13:00:00 - CarbonTracker: ", "Actual consumption for 2 epoch(s):",
            "\tTime:\t1:30:00", "\tEnergy:\t1.264000 kWh", "\tCO2eq:\t0.35 g",
        )  # fmt: skip

        assert _one(tmp_path).energy_kwh == 0.8
        (tmp_path / f"{stem}.log").unlink()
        with pytest.raises(MeasurementError, match=f"{stem}.log"):
            read_measured(output, SEPTEMBER)

    def test_what_its_parser_returns_is_read(self, tmp_path: Path) -> None:
        """Energy in joules and durations of the epochs, from the log's own date."""
        log = {
            "standard_filename": f"logs/{INSTANCE}_2026-09-01T120000Z_carbontracker.log",
            "components": {
                "gpu": {
                    "avg_energy_usages (J)": [[3.6e6, 3.6e6], [1.8e6, 1.8e6]],
                    "epoch_durations (s)": [3600, 1800],
                },
                "cpu": {
                    "avg_energy_usages (J)": [[0.36e6], [0.18e6]],
                    "epoch_durations (s)": [3600, 1800],
                },
            },
            "actual": {"epochs": 2, "energy (kWh)": 4.98},
        }
        found = _one(_file(tmp_path, "logs.json", json.dumps([log])))

        assert found.energy_kwh == pytest.approx(3.15)
        assert found.hours == pytest.approx(1.5)

    def test_an_epoch_without_readings_is_not_zero(self, tmp_path: Path) -> None:
        """A log that ends in the middle of an epoch leaves the epoch to the model."""
        path = _file(tmp_path, f"{INSTANCE}_carbontracker.log", *self.LOG[:4])

        assert read_measured(path, SEPTEMBER) == []

    def test_a_log_without_epochs_is_refused(self, tmp_path: Path) -> None:
        """It told nothing: that is not zero."""
        path = _file(tmp_path, f"{INSTANCE}_carbontracker.log", self.LOG[0])

        with pytest.raises(UnreadableFileError, match="no epoch"):
            read_measured(path, SEPTEMBER)


class TestScaphandre:
    """Reports in JSON, and counters by Prometheus."""

    @staticmethod
    def report(seconds: float, watts: float) -> dict[str, object]:
        """Return a report as Scaphandre writes it, in microwatts."""
        host = {"consumption": watts * 1e6, "timestamp": START + seconds, "components": {}}
        return {"host": host, "consumers": [], "sockets": []}

    @pytest.mark.parametrize("joint", ["", "\n"])
    def test_power_holds_since_the_reading_before(self, tmp_path: Path, joint: str) -> None:
        """Reports stand one after the other, with nothing between them."""
        reports = [self.report(600 * step, watts) for step, watts in enumerate((999, 60, 120))]
        path = _file(tmp_path, f"{INSTANCE}.json", joint.join(map(json.dumps, reports)))
        found = _one(path)

        assert found.energy_kwh == pytest.approx((60 + 120) * 600 / 3.6e6)
        assert found.hours == pytest.approx(1200 / 3600)
        assert found.source == "scaphandre"

    def test_a_pause_is_not_filled(self, tmp_path: Path) -> None:
        """An hour without a reading is left to the model."""
        reports = [self.report(at, 100) for at in (0, 10, 20, 3620, 3630)]
        found = _one(_file(tmp_path, f"{INSTANCE}.json", json.dumps(reports)))

        assert found.hours == pytest.approx(30 / 3600)

    def test_one_report_tells_no_energy(self, tmp_path: Path) -> None:
        """Power at one instant holds for nobody knows how long."""
        path = _file(tmp_path, f"{INSTANCE}.json", json.dumps(self.report(0, 100)))

        with pytest.raises(MeasurementError, match="one reading only"):
            read_measured(path, SEPTEMBER)

    def test_a_counter_of_scraped_text(self, tmp_path: Path) -> None:
        """Times in milliseconds; a fall of the counter leaves its hour uncovered."""
        lines = [
            "# HELP scaph_host_energy_microjoules Energy measurement for the whole host.",
            "# TYPE scaph_host_energy_microjoules counter",
            *(
                f"scaph_host_energy_microjoules {int(joules * 1e6)} {int((START + at) * 1000)}"
                for at, joules in ((0, 7e6), (3600, 10.6e6), (7200, 1e6), (10800, 4.6e6))
            ),
            f'scaph_process_power_consumption_microwatts{{exe="a b",pid="1"}} 3 {int(START)}000',
        ]
        found = _one(_file(tmp_path, f"{INSTANCE}.prom", *lines))

        assert (found.energy_kwh, found.hours) == (pytest.approx(2.0), 2.0)

    def test_a_sample_without_time_is_refused(self, tmp_path: Path) -> None:
        """What an exporter answers at once has no time of its own."""
        path = _file(tmp_path, f"{INSTANCE}.prom", "scaph_host_energy_microjoules 5")

        with pytest.raises(MeasurementError, match=r"row 1.*query_range"):
            read_measured(path, SEPTEMBER)


class TestKepler:
    """Counters of nodes, old and new."""

    def test_zones_lie_in_one_another(self, tmp_path: Path) -> None:
        """Packages and memory are added; the cores are in the package already."""
        rises = {"package": 3.6e6, "dram": 0.36e6, "core": 2e6}
        series = [
            _series(
                {
                    "__name__": "kepler_node_cpu_joules_total",
                    "zone": zone,
                    "path": path,
                    "node_name": f"{node}.eu-west-1.compute.internal",
                    "instance": "10.0.0.1:9102",
                },
                (START, 5e6),
                (START + 3600, 5e6 + rise),
            )
            for node in (INSTANCE, OTHER)
            for zone, rise in rises.items()
            for path in ("intel-rapl:0", "intel-rapl:1")
        ]
        found = read_measured(_file(tmp_path, "nodes.json", _matrix(*series)), SEPTEMBER)

        assert [each.resource_id for each in found] == [INSTANCE, OTHER]
        assert found[0].energy_kwh == pytest.approx(2 * 1.1)
        assert (found[0].hours, found[0].source) == (1.0, "kepler")

    def test_a_platform_holds_all(self, tmp_path: Path) -> None:
        """Older metrics: dynamic and idle are two parts, the package is in the platform."""
        _file(tmp_path, "resources.toml", "[resources]", f'"node-1" = "{INSTANCE}"')
        names = ("platform", "platform", "package")
        modes = ("dynamic", "idle", "dynamic")
        series = [
            _series(
                {
                    "__name__": f"kepler_node_{name}_joules_total",
                    "mode": mode,
                    "instance": "node-1:9102",
                },
                (START, 0),
                (START + 3600, 3.6e6),
            )
            for name, mode in zip(names, modes, strict=True)
        ]
        path = _file(tmp_path, "nodes.json", _matrix(*series))

        assert _one(path).energy_kwh == pytest.approx(2.0)

    def test_containers_make_up_a_node(self, tmp_path: Path) -> None:
        """Where only containers are told, their sum is the node; some come, some go."""
        lines = [
            f'{{__name__="kepler_container_joules_total",container_name="{name}",mode="{mode}",'
            f'instance="{INSTANCE}"}} {joules} {(START + at):.3f}'
            for name, begin in (("web", 0), ("job", 1800))
            for mode in ("dynamic", "idle")
            for at, joules in ((begin, 0), (3600, 0.9e6))
        ]
        found = _one(_file(tmp_path, "dump.txt", *lines))

        assert (found.energy_kwh, found.hours) == (pytest.approx(1.0), 1.0)

    def test_cores_alone_are_only_a_part(self, tmp_path: Path) -> None:
        """A part of the processor must not stand for the machine."""
        metric = {"__name__": "kepler_node_cpu_joules_total", "zone": "core", "node_name": INSTANCE}
        path = _file(tmp_path, "nodes.json", _matrix(_series(metric, (START, 0), (START + 60, 9))))

        with pytest.raises(MeasurementError, match="only a part"):
            read_measured(path, SEPTEMBER)

    @pytest.mark.parametrize(
        ("text", "match"),
        [
            (_matrix(_series({"node_name": INSTANCE}, (START, 1))), "computed"),
            (_matrix(), "no energy of a machine"),
            ('{"status":"error","error":"boom","data":{"resultType":"matrix"}}', "boom"),
            ('{"status":"success","data":{"resultType":"vector","result":[]}}', "vector"),
        ],
    )
    def test_answers_without_energy_are_refused(
        self, tmp_path: Path, text: str, match: str
    ) -> None:
        """Errors, rates and single instants hold no energy."""
        with pytest.raises(MeasurementError, match=match):
            read_measured(_file(tmp_path, f"{INSTANCE}.json", text), SEPTEMBER)


class TestAlumet:
    """Differences of counters."""

    HEAD = (
        "metric;timestamp;value;resource_kind;resource_id;consumer_kind;consumer_id;domain;"
        "__late_attributes"
    )

    @staticmethod
    def rows(metric: str, joules: float, domain: str = "", late: str = "") -> list[str]:
        """Return two readings, one a minute."""
        kind = "gpu;0" if metric.startswith("nvml") else "local_machine;"
        return [
            f"{metric};2026-09-01T12:0{minute}:00.714734289Z;{joules};{kind};local_machine;;"
            f"{domain};{late}"
            for minute in (1, 2)
        ]

    def test_the_widest_domains_and_gpus_add_up(self, tmp_path: Path) -> None:
        """Totals of packages and memory, and GPUs in millijoules; processes do not count."""
        rows = [
            *self.rows("rapl_consumed_energy_J", 3000, "package_total"),
            *self.rows("rapl_consumed_energy_J", 600, "dram_total"),
            *self.rows("rapl_consumed_energy_J", 1500, "package"),
            *self.rows("rapl_consumed_energy_J", 1000, "pp0"),
            *self.rows("nvml_energy_consumption_mJ", 9e6),
            "attributed_energy_J;2026-09-01T12:01:00Z;77;local_machine;;process;42;;",
        ]
        found = _one(_file(tmp_path, f"{INSTANCE}.csv", self.HEAD, *rows))

        assert found.energy_kwh == pytest.approx(2 * (3000 + 600 + 9000) / 3.6e6)
        assert found.hours == pytest.approx(2 / 60)
        assert found.source == "alumet"

    def test_a_late_domain_and_a_plain_name_are_read(self, tmp_path: Path) -> None:
        """Without a unit in the name it is the plugin's; gzip is read as what it is."""
        rows = self.rows("rapl_consumed_energy", 1800, late="domain=platform")
        path = tmp_path / f"{INSTANCE}.csv.gz"
        path.write_bytes(gzip.compress("\n".join([self.HEAD, *rows]).encode()))

        assert _one(path).energy_kwh == pytest.approx(0.001)

    @pytest.mark.parametrize(
        ("metric", "match"), [("rapl_consumed_energy_BTU", "BTU"), ("mem_free_kB", "no energy")]
    )
    def test_what_is_not_energy_is_refused(self, tmp_path: Path, metric: str, match: str) -> None:
        """A unit that nobody knows must not become joules."""
        path = _file(tmp_path, f"{INSTANCE}.csv", self.HEAD, *self.rows(metric, 1))

        with pytest.raises(MeasurementError, match=match):
            read_measured(path, SEPTEMBER)


class TestFiles:
    """What is no file of an instrument."""

    @pytest.mark.parametrize(
        "text", ["", "hello", "a,b\n1,2", "[1, 2]", "{", '{"a": 1}', "[[[", '{"host": {}']
    )
    def test_a_strange_file_is_named(self, tmp_path: Path, text: str) -> None:
        """Nothing in a folder of measurements is passed over in silence."""
        _file(tmp_path, "emissions.csv", CODECARBON, _run())
        _file(tmp_path, "strange.txt", text)

        with pytest.raises(UnreadableFileError, match=r"strange\.txt"):
            read_measured(tmp_path, SEPTEMBER)

    @pytest.mark.parametrize("content", [b"\x1f\x8b\x08broken", b"\xff\xfe\x00"])
    def test_broken_bytes_are_named(self, tmp_path: Path, content: bytes) -> None:
        """Neither half a gzip nor foreign bytes are guessed at."""
        path = tmp_path / "emissions.csv.gz"
        path.write_bytes(content)

        with pytest.raises(UnreadableFileError, match="gzip"):
            read_measured(path, SEPTEMBER)
        plain = path.rename(tmp_path / "emissions.csv")
        plain.write_bytes(b"timestamp\xff")
        with pytest.raises(UnreadableFileError, match="UTF-8"):
            read_measured(plain, SEPTEMBER)

    def test_nothing_there_is_named(self, tmp_path: Path) -> None:
        """A folder without files, and one that is not there."""
        for path in (tmp_path, tmp_path / "absent"):
            with pytest.raises(InputNotFoundError):
                read_measured(path, SEPTEMBER)

    def test_two_tools_on_one_machine_are_refused(self, tmp_path: Path) -> None:
        """CodeCarbon and Alumet saw the same energy."""
        rows = TestAlumet.rows("rapl_consumed_energy_J", 3000, "platform")
        _file(tmp_path, f"{INSTANCE}.csv", TestAlumet.HEAD, *rows)
        _file(tmp_path, "emissions.csv", CODECARBON, _run())

        with pytest.raises(MeasurementError, match="twice"):
            read_measured(tmp_path, SEPTEMBER)
