"""Which files an issue is probably about, found without a model: words, definitions, paths and exact matches.

    ranking.rank(files, read_blobs, issue_text, cache=IndexCache(directory))  ->  the likeliest files first
    prompt.prompt_section(ranked)                                             ->  their paths and telling lines

Nothing here knows git: the files of a tree and a way to read blobs are given. `ranking` and `cache` load numpy, which
is large: they are imported where files are ranked, since who only acts on runs loads each workflow's definition.
"""
