"""Two letters of ISO 639-1 -> the three of ISO 639-3 that InvenioRDM's vocabulary is keyed by."""

from __future__ import annotations

_TABLE = str.split("""
af afr am amh ar ara az aze be bel bg bul bn ben bo bod bs bos ca cat cs ces cy cym da dan de deu
el ell en eng eo epo es spa et est eu eus fa fas fi fin fr fra ga gle gl glg gu guj ha hau he heb
hi hin hr hrv hu hun hy hye id ind ig ibo is isl it ita ja jpn jv jav ka kat kk kaz km khm kn kan
ko kor ku kur ky kir la lat lb ltz lo lao lt lit lv lav mg mlg mi mri mk mkd ml mal mn mon mr mar
ms msa mt mlt my mya nb nob ne nep nl nld nn nno no nor om orm or ori pa pan pl pol ps pus pt por
qu que ro ron ru rus rw kin sa san sd snd si sin sk slk sl slv sn sna so som sq sqi sr srp st sot
su sun sv swe sw swa ta tam te tel tg tgk th tha ti tir tk tuk tl tgl tr tur tt tat ug uig uk ukr
ur urd uz uzb vi vie wo wol xh xho yi yid yo yor zh zho zu zul
""")
_ALPHA3 = dict(zip(_TABLE[::2], _TABLE[1::2], strict=True))


def alpha3(tag: str) -> str:
    """`en`, `en-GB` or `eng` -> `eng`; empty where the tag is of neither form."""
    code = tag.strip().lower().replace("_", "-").partition("-")[0]
    if len(code) == 3 and code.isalpha():
        return code
    return _ALPHA3.get(code, "")
