"""Bridges: other programs' protocols, each in a process of its own that visits a room (engine.door.visit)."""
