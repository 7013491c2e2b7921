"""Tests of Leftshift; their tree mirrors the code's."""
