"""Loudness by ffmpeg's ebur128, the judge that is not our own."""

import re
import shutil
import subprocess

import numpy as np
import pytest
import soundfile


def ffmpeg_loudness(sound, rate, path):
    """Momentary and short-term LUFS every 100 ms, to a thousandth, and the integrated loudness.

    Rows of (time in s, momentary, short-term); sound (frames,) or (2, frames). Skips without ffmpeg.
    """
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    soundfile.write(path, np.atleast_2d(sound).T, rate, subtype="FLOAT")
    call = ["ffmpeg", "-hide_banner", "-nostats", "-i", path, "-af"]
    call += ["ebur128=metadata=1,ametadata=mode=print:file=-", "-f", "null", "-"]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    times, momentary, short_term = (
        np.array(re.findall(pattern, done.stdout), float)
        for pattern in (r"pts_time:([\d.]+)", r"r128\.M=(-?[\d.]+)", r"r128\.S=(-?[\d.]+)")
    )
    integrated = re.findall(r"I:\s+(-?[\d.]+) LUFS", done.stderr)[-1]
    return np.stack([times + 0.1, momentary, short_term], axis=1), float(integrated)
