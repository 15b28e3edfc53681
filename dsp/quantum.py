"""The quantum: the fixed number of frames in which all sound is computed, whatever the host asks for."""

QUANTUM = 64
"""Frames in a quantum (1.33 ms at 48 kHz). Our own choice: long enough that what happens once a
quantum costs little, short enough that its steps are below hearing once ramped."""
