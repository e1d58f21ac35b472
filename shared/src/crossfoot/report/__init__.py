"""The offline HTML report."""

from crossfoot.report.source import ReportSource
from crossfoot.report.write_report import ReportReceipt, write_report

__all__ = ["ReportReceipt", "ReportSource", "write_report"]
