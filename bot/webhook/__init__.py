"""From a delivery on the wire to what it asks for."""
