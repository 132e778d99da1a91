"""A model on the wire: what is asked, what it costs, and what its refusals mean."""
