"""The report: one self-contained page, its figures and its tables."""

from results.report.page import Report, build_report

__all__ = ["Report", "build_report"]
