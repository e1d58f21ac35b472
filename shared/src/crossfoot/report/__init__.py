"""The offline HTML report."""

from crossfoot.report.source import ReportSource
from crossfoot.report.write_report import Beside, ReportReceipt, write_report

__all__ = ["Beside", "ReportReceipt", "ReportSource", "write_report"]
