"""What is known of one file: its words, and where it defines names, by line patterns or by a parser of its own."""
