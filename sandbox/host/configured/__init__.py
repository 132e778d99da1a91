"""What this machine is configured for, as a box gets it: registries, certificates, the way out; never a secret."""
