"""What calls cost, who counts it, and the caps that hold it."""
