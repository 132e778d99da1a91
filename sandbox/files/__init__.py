"""Files of a tree that a box writes: nothing here follows a link or leaves the tree."""
