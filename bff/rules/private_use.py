"""GBK's characters in Unicode's private use area, which old converters give other code points than phones type.

GBK's bytes A6D9…A6F3, A8BC, A8BF, A989…A995 and FE50…FEA0 stood for U+E78D…U+E864; GB 18030-2005 and -2022 assign
all of them. The assigned ones are those of glibc's GB18030. ICU 78 confirms all but the six beyond the BMP, and the
table in CoreNLP's wiki these.
"""

from __future__ import annotations

import re
from itertools import chain

_PRIVATE = (*range(0xE78D, 0xE797), 0xE7C7, 0xE7C8, *range(0xE7E7, 0xE7F4), *range(0xE815, 0xE865))
_ASSIGNED = chain(
    "︐︒︑︓︔︕︖︗︘︙ḿǹ〾⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻",
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱",
    "䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻",
)
ASSIGNED = dict(zip(_PRIVATE, _ASSIGNED, strict=True))

_any_private = re.compile("[\ue78d-\ue864]").search


def assigned(text: str) -> str:
    """Replace GBK's private code points by the assigned ones; other private characters stay."""
    return text.translate(ASSIGNED) if _any_private(text) else text
