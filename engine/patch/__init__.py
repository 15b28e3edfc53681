"""Patch: another synth in a process of its own, beside the music through the guest channel."""
