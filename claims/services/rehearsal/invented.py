"""Invented people, places and numbers. Nothing here knows what it stands for: it draws by a key that is thrown away."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence

from documentation.kernel.identifiers import luhn_is_sound

FIRST = (
    "Acorn Agate Almond Anchor Apricot Barley Basalt Bobbin Bramble Button Candle Cashew Cinder Cobalt Copper Cricket"
    " Cumin Ember Feather Fennel Flint Garnet Gravel Indigo Kettle Lantern Linen Magnet Maize Marble Mustard Nutmeg Oat"
    " Pebble Pepper Quartz Quill Radish Saffron Shale Thimble Topaz Turnip Velvet Walnut Whistle Yarrow Zinc"
).split()
LAST = (
    "Armchair Bathtub Beehive Bookshelf Breadbox Bridgepost Broomstick Cartwheel Chimneytop Clothespin Coatrack"
    " Cupboard Doorbell Drawbridge Dustpan Eggcup Fencepost Fireplace Flagpole Flowerpot Footstool Gatepost Haystack"
    " Hourglass Inkwell Jamjar Keyring Lampshade Lighthouse Mailbox Mousepad Notebook Paperclip Pincushion Placeholder"
    " Pocketwatch Raincoat Rocketship Sailboat Samplecase Sandbox Saucepan Seashell Snowglobe Spoonrest Staircase"
    " Sundial Tablecloth Teacup Teapot Testcase Toolbox Treehouse Trumpet Umbrella Waterwheel Weathervane Wheelbarrow"
    " Windmill Woodpile"
).split()
"""Words that nobody is called by; one that somebody of the practice is called by all the same is not drawn."""
TREES = "Birch Cedar Cypress Dogwood Elm Fir Ginkgo Hornbeam Juniper Larch Maple Oak Poplar Sequoia Spruce".split()
STREETS = ("Rehearsal Street", "Practice Lane", "Stage Road", "Curtain Avenue", "Script Way", "Prompter Court")
TOWNS = ("Sampletown", "Curtain Falls", "Showboat", "Stagefield", "Prompter Springs")


class Dice:
    """Draws by a secret key: the same for the same thing within one copy, and nobody can draw it again."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def number(self, *of: object) -> int:
        told = "\x1f".join(str(part) for part in of).encode()
        return int.from_bytes(hmac.digest(self._key, told, "sha256")[:12])

    def one_of(self, some: Sequence[str], *of: object) -> str:
        return some[self.number(*of) % len(some)]

    def digits(self, many: int, *of: object) -> str:
        return f"{self.number(*of) % 10**many:0{many}d}"

    def npi(self, *of: object) -> str:
        """Ten digits that are sound by their check digit."""
        begin = "1" + self.digits(8, "npi", *of)
        return next(begin + last for last in "0123456789" if luhn_is_sound("80840" + begin + last))


class Names:
    """Names to draw from, without those that somebody in the practice bears."""

    def __init__(self, dice: Dice, borne: Iterable[str]) -> None:
        taken = {name.casefold() for name in borne}
        self._dice = dice
        self.first = [n for n in FIRST if n.casefold() not in taken] or ["Rehearsal"]
        self.last = [n for n in LAST if n.casefold() not in taken] or ["Placeholder"]

    def of(self, kind: str, key: object) -> tuple[str, str]:
        first = self._dice.one_of(self.first, "first", kind, key)
        return first, self._dice.one_of(self.last, "last", kind, key)
