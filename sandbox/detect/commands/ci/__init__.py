"""What CI runs: GitHub's workflows with their actions and expressions, and other systems."""
