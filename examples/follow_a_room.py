"""Follow a sitting that another process plays, mark a moment in its record, and see it end.

    calando play --sensor sim --room studio          in one shell
    python examples/follow_a_room.py studio          in another
"""

from __future__ import annotations

import sys

import calando


def main(room: str = "room") -> None:
    with calando.Visit(room, source="example") as visit:
        if visit.hello.sitting is None:
            raise SystemExit(f"Nothing plays in the room {room} just now.")
        print(f"In the room {room}: the sitting {visit.hello.sitting}.")
        print(visit.ask({"kind": "mark", "words": "somebody came in"}).words)
        shown_s = -10.0
        for message in visit.messages():
            if message.type == "event":
                print(f"{message.t:6.1f} s  {message.words}")
            elif message.type == "over":
                print("The sitting is over.")
                return
            elif message.type == "state" and message.snapshot["t"] >= shown_s + 10.0:
                now = message.snapshot
                shown_s = now["t"]
                heart = "not heard yet" if now["hr_bpm"] is None else f"{now['hr_bpm']:.0f} a minute"
                print(f"{now['t']:6.1f} s  {now['doing']}; heart {heart}, music at {now['tempo_bpm']:.0f}")
        print("The room has closed without a word.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except calando.RoomError as nobody:
        raise SystemExit(str(nobody)) from None
