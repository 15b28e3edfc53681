"""A patch for `calando play --synth pyo:examples/patch_glass.py`: glass rubbed at its rim, struck lightly.

`note(body, note)` is called for every note that the foreground would have played; its pitch is in the music's
harmony already. What it returns sounds until the note's end and eight seconds more.
"""

# pyo's own types are those of its defaults.
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false

import pyo

PARTIALS = ((1.0, 1.0, 5.0), (2.32, 0.45, 3.2), (4.25, 0.25, 1.8), (6.63, 0.12, 1.0))
"""Of a wine glass, about: ratio, strength, seconds (own choice after the modes of a rim, n squared)."""


def patch(body):
    # A rim that hums where the music's tempo is: one turn of the finger a bar.
    turn = pyo.Sine(freq=body.tempo / 240.0, mul=0.5, add=0.5)
    rim = pyo.Sine(freq=[220.0, 220.6], mul=0.02 + 0.03 * body.breath)
    edge = pyo.Sine(freq=[880.4, 879.7], mul=0.006 * turn * (0.2 + body.brightness))
    return rim * turn + edge


def note(body, note):
    hz = pyo.midiToHz(note.pitch)
    sound = None
    for ratio, strength, seconds in PARTIALS:
        if hz * ratio > 9000:
            continue
        envelope = pyo.Expseg([(0, 0), (0.006, 1), (seconds * 1.5, 0)], exp=6).play()
        loud = 0.11 * note.velocity * strength * (1.0 if ratio == 1.0 else 0.3 + 0.7 * body.brightness)
        partial = pyo.Sine(hz * ratio, mul=envelope * loud)
        sound = partial if sound is None else sound + partial
    return pyo.Pan(sound, outs=2, pan=0.5 + 0.45 * note.pan)
