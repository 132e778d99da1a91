"""The agent's tools: what the model may call, and what each call does in the run's tree and box."""
