"""What only the agent has to tell apart.

ModelError
└── ContextFull    the prompt is longer than the model's window
"""

from __future__ import annotations

from workflows.errors import ModelError


class ContextFull(ModelError):
    """The provider refused the prompt for its length; a shorter one may pass."""
