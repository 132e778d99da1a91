"""The pictures of the pages in docs/pictures, taken of what the demo leaves."""
