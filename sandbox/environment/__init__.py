"""What a repository's set-up made: done once, kept, and laid below the homes of later boxes."""
