"""From a range of commits to release notes in which every line names what it rests on."""
