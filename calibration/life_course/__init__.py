"""Validation of the life course: `python -m calibration.life_course` writes its page, figures and table."""
