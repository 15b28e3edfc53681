"""A page for a screen in the room of a kiosk: breath and heart, and nothing else."""
