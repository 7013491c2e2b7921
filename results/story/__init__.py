"""One resident's years under two scenarios: in words, in a figure, and as a page.

Told from plain data (`scenarios/stories.py` makes them), so that a story can be told again from its file.
"""

from results.story.page import check_folder, write_story
from results.story.text import story_text

__all__ = ["check_folder", "story_text", "write_story"]
