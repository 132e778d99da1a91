"""`.github/pullwright.yml`: its keys, and how a text becomes them with line and remedy."""
