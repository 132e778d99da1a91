"""Taking back what was written for a tag that is gone: the draft of its release, what is proposed for the CHANGELOG."""
