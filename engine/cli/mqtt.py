"""`calando mqtt`: the sittings of a room on a home's broker, with Home Assistant's discovery."""

from __future__ import annotations

import re

import click

from engine.cli.interrupt import interruptible
from engine.cli.paragraph import say
from engine.cli.room import check_room
from engine.door.rooms import DEFAULT_ROOM
from engine.sitting.asked import HANDS


@click.command()
@click.argument("room", default=DEFAULT_ROOM)
@click.option("--broker", required=True, metavar="HOST[:PORT]", help="Where; port 1883, with --tls 8883.")
@click.option("--username", metavar="NAME", help="As whom to come in; needs --password-file.")
@click.option("--password-file", metavar="FILE", help="A file with the password in its first line.")
@click.option("--tls", is_flag=True, help="Encrypted, and the broker's name checked.")
@click.option("--ca", metavar="FILE", help="Who vouches for the broker, with --tls; the system's.")
@click.option("--topic", metavar="TOPIC", help="What its topics begin with; calando.")
@click.option("--device", metavar="NAME", help="Its name in topics and for Home Assistant; the room's.")
@click.option("--discovery", metavar="TOPIC", help="Home Assistant's topics, or off; homeassistant.")
@click.option("--no-commands", is_flag=True, help="Tell, and take nothing.")
@click.option("--no-heart", is_flag=True, help="Tell nothing of the heart.")
@click.option("--hand", type=click.Choice(HANDS), default=HANDS[0], help="Whose wishes these are.")
def mqtt(
    room: str, broker: str, no_commands: bool, no_heart: bool, hand: str, tls: bool, **given: str | None
) -> None:
    """Tell a home's broker what the sittings in ROOM do, and bring its wishes.

    Topics and commands are in docs/doors.md. It waits for a sitting and stays when one ends; Ctrl-C ends it.
    """
    from engine.bridge.mqtt import MqttBridge
    from engine.bridge.trouble import BridgeError
    from engine.guide.music_state import Hand
    from engine.kiosk.config import ConfigError, config_of

    check_room(room)
    whole = broker.count(":") != 1 or "/" in broker  # an address of IPv6, or what is no name at all
    host, _, port = (broker, "", "") if whole else broker.rpartition(":")
    table = {name: value for name, value in given.items() if value is not None}
    asked = table | {"host": host, "port": _port(port, tls), "tls": tls, "commands": not no_commands}
    interruptible()
    try:
        # A broker is described as in a kiosk's file, and checked by the same reader.
        found = config_of({"mqtt": {"device": room} | asked}).mqtt
        MqttBridge(room, found, Hand(hand), say, heart=not no_heart).run()
    except ConfigError as wrong:
        raise click.UsageError(_as_options(str(wrong))) from None
    except BridgeError as trouble:
        raise click.ClickException(_as_options(str(trouble))) from None
    except KeyboardInterrupt:
        return


def _as_options(words: str) -> str:
    """A sentence about a kiosk's file, about the options that say the same here."""
    words = words.replace("tls = true", "--tls").replace(" a password_file", " --password-file")
    return re.sub(r"mqtt\.(\w+)", lambda key: _OPTIONS.get(key[1]) or f"--{key[1].replace('_', '-')}", words)


_OPTIONS = {"host": "--broker", "port": "The port of --broker"}
"""Keys of that file that are part of an option."""


def _port(text: str, tls: bool) -> int | str:
    """As a number, where it is one; whoever reads the table says what is wrong with another."""
    if not text:
        return 8883 if tls else 1883
    return int(text) if text.isdecimal() else text
