"""A patch for `calando play --synth pyo:examples/patch_glass.py`: glass rubbed at its rim, struck lightly.

`note(body, note)` is called for every note that the foreground would have played; its pitch is in the music's
harmony already. What it returns sounds until the note's end and eight seconds more.
"""

# pyo's own types are those of its defaults.
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false

import pyo

PARTIALS = ((1.0, 1.0, 5.0), (2.32, 0.45, 3.2), (4.25, 0.25, 1.8), (6.63, 0.12, 1.0))
"""Of a wine glass, about: ratio, strength, seconds (own choice after the modes of a rim, n squared)."""


LIFTED = 0.1
"""Of its way round, where the finger is off the rim and may begin on another glass."""

rim = {}


def patch(body):
    # A rim that hums, one turn of the finger a bar: at first where the music is at home, then on the glass
    # that a note has touched.
    rim["turn"] = pyo.Sine(freq=body.tempo / 240.0, phase=0.75, mul=0.5, add=0.5)
    rim["over"] = pyo.SigTo(0.0, time=0.05)
    hz = pyo.MToF(body.home + 12.0 + rim["over"])
    hums = pyo.Sine(freq=hz * [1.0, 1.0027], mul=0.02 + 0.03 * body.breath)
    edge = pyo.Sine(freq=hz * [4.002, 3.998], mul=0.006 * (0.2 + body.brightness))
    return (hums + edge) * rim["turn"]


def note(body, note):
    hz = pyo.midiToHz(note.pitch)
    if rim["turn"].get() < LIFTED:
        rim["over"].value = (note.pitch - body.home.get()) % 12.0
    sound = None
    for ratio, strength, seconds in PARTIALS:
        if hz * ratio > 9000:
            continue
        envelope = pyo.Expseg([(0, 0), (0.006, 1), (seconds * 1.5, 0)], exp=6).play()
        loud = 0.11 * note.velocity * strength * (1.0 if ratio == 1.0 else 0.3 + 0.7 * body.brightness)
        partial = pyo.Sine(hz * ratio, mul=envelope * loud)
        sound = partial if sound is None else sound + partial
    return pyo.Pan(sound, outs=2, pan=0.5 + 0.45 * note.pan)
