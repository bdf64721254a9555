"""Recommending: from where a user is, and what they wish for, to a list and what carried each item there."""
