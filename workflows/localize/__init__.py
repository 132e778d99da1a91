"""Which files an issue is probably about, found without a model: words, definitions, paths and exact matches.

    rank(files, read_blobs, issue_text, cache=IndexCache(directory))  ->  the likeliest files first
    prompt_section(ranked)                                            ->  their paths and telling lines

Nothing here knows git: the files of a tree and a way to read blobs are given.
"""

from __future__ import annotations

from workflows.localize.cache import IndexCache
from workflows.localize.prompt import prompt_section
from workflows.localize.ranking import ReadBlobs, TreeFile, rank

__all__ = ["IndexCache", "ReadBlobs", "TreeFile", "prompt_section", "rank"]
