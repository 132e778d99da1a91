"""What is done, step by step: definitions, engine, agent, verification, store.

The middle floor. It calls down into `sandbox` and up only through the protocols in `ports`.
"""
