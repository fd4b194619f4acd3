"""Images from outside: examined in a separate process, cleaned of all but their pixels, made ready for the pages.

Pure Python with decoders, no Django. `examine` is the door:

    match examine(data):
        case Accepted() as image: ...   # store image.clean, image.thumbnail, image.screen
        case Several(frames=n): ...     # let people choose, then examine(data, frame=1)
        case Refused(sentence=sentence): ...   # show the sentence
"""

from .inspect import examine, examine_many
from .results import Accepted, Answer, Identity, Limits, Refusal, Refused, Several

__all__ = ["Accepted", "Answer", "Identity", "Limits", "Refusal", "Refused", "Several", "examine", "examine_many"]
