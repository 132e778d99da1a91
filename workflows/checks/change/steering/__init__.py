"""What of a change decides how it is checked: settings, hands on the runner, what is called, what set-ups lay down."""
