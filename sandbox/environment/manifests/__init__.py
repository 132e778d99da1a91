"""What a set-up is made of: manifests, lock files, and what of them tells one set-up from another."""
