"""Runs and their steps as spans of OpenTelemetry, told to a collector where the settings name one."""
