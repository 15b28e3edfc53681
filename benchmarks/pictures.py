"""Pictures of the main job on real input: the same recording offline and live, as README.md shows them.

The recording is a Polar H10 at rest (rr_polar_h10_rest in the folder of recordings). Offline it is played
whole, as fast as the machine can; live for some minutes in real time, on a JACK dummy device. The sound in
both pictures is rendered again from the commands of the sitting.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jack_dummy
from calando_command import COMMAND, environment
from report import write_json

DATA = Path(os.environ.get("CALANDO_RECORDINGS", Path(__file__).parents[2] / "shared" / "data"))
RECORDING = DATA / "rr_polar_h10_rest" / "sample_data_ibi.csv"
PICTURES = Path(__file__).parent / "pictures"
PERIOD = 1024
SEED = "3"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--offline", default="10m", help="length of the sitting offline (10m)")
    parser.add_argument("--live", default="150s", help="length of the sitting on a JACK dummy device (150s)")
    parser.add_argument("--into", type=Path, default=PICTURES, help="folder of the pictures (pictures)")
    arguments = parser.parse_args()
    if not RECORDING.exists():
        print(f"{RECORDING} is not here; name the folder of recordings in CALANDO_RECORDINGS.")
        return 0
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"Offline, {arguments.offline} ...", flush=True)
        sound = ["--fast", "--output", f"file:{name}/rest.flac", "--duration", arguments.offline]
        figures["offline_s"] = play(sound, arguments.into / "rest_offline.png", environment(folder))
        lacking = jack_dummy.missing()
        if lacking:
            print(f"The live picture is left out: {', '.join(lacking)} not found.")
        else:
            print(f"Live, {arguments.live} in real time ...", flush=True)
            with jack_dummy.JackServer(PERIOD) as server:
                sound = ["--output", "device:system", "--duration", arguments.live]
                places = environment(folder, server.environment)
                figures["live_s"] = play(sound, arguments.into / "rest_live.png", places)
            figures["xruns"] = server.xruns
    for what, figure in figures.items():
        print(f"{what:>10} {figure:8.1f}")
    print(f"Written to {write_json('pictures', figures)}")
    return 0


def play(sound: list[str], picture: Path, places: dict[str, str]) -> float:
    """Play the recording and draw it; returns the seconds that took, the compiler's included."""
    start = time.monotonic()
    words = ["play", "--sensor", f"replay:{RECORDING}", "--seed", SEED, *sound]
    subprocess.run([*COMMAND, *words, "--picture", str(picture), "--force"], env=places, check=True)
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
