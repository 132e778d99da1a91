"""Which files an issue is probably about, found without a model: words, definitions, paths and exact matches.

    rank(files, read_blobs, issue_text, cache=IndexCache(directory))  ->  the likeliest files first
    prompt_section(ranked)                                            ->  their paths and telling lines

Nothing here knows git: the files of a tree and a way to read blobs are given. The room itself loads nothing: ranking
needs numpy, and who asks what language a path is in does not.
"""
