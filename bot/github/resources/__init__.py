"""What a repository on GitHub is asked and told, a module for each kind of thing there."""
