"""Tests of accounts that must balance in any run."""
