"""What people do with runs, who may, and how a run is taken back."""
