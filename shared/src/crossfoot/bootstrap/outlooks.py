"""What the report says of years to come, targets and thresholds: judged, not told, not kept."""

from pathlib import Path

from crossfoot.adapters.configuration_file import read_fiscal_year, read_threshold_rules
from crossfoot.adapters.session_series import SessionSeries
from crossfoot.adapters.warehouse_query import QuerySession
from crossfoot.bootstrap.forecasting import judged_targets
from crossfoot.report.outlook import Outlook, outlook
from crossfoot.usecases.evaluate_thresholds import judge_thresholds
from crossfoot.usecases.forecast_years import forecast_years


def outlook_of(session: QuerySession, configuration: Path | None) -> Outlook:
    """Forecast the running year, and judge what the configuration asks for, if there is one.

    Raises
    ------
    InputError
        The configuration, or a count of functional units, cannot be used.
    """
    series = SessionSeries(session)
    forecasts = forecast_years(series, read_fiscal_year(configuration))
    if configuration is None:
        return outlook(forecasts.lines, (), ())
    targets = judged_targets(session, configuration, None)
    limits = judge_thresholds(series, read_threshold_rules(configuration))
    return outlook(forecasts.lines, targets.standings, limits.verdicts)
