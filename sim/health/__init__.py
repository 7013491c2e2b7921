"""The health of residents: life course, needs, and the calendar that both keep."""
