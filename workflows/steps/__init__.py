"""What the steps of a workflow do: each takes a StepContext and gives a result. Their order is the workflow's."""
