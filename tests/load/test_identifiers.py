"""Identifiers are brought to one form, or refused with what would have been right."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from pubflow.load import identifiers, licenses

SOUND = [
    (identifiers.orcid, "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
    (identifiers.orcid, "0000000218250097", "0000-0002-1825-0097"),
    (identifiers.orcid, "0000-0000-0000-001x", "0000-0000-0000-001X"),
    (identifiers.ror, "01ggx4157", "https://ror.org/01ggx4157"),
    (identifiers.ror, "https://ror.org/05gq02987", "https://ror.org/05gq02987"),
    (identifiers.doi, "https://doi.org/10.5281/zenodo.1", "10.5281/zenodo.1"),
    (identifiers.doi, "doi:10.5555/a(b)c", "10.5555/a(b)c"),
    (identifiers.record, "https://doi.org/10.5281/zenodo.1", "10.5281/zenodo.1"),
    (identifiers.record, "10.1234/8wa3a-wrb90", "10.1234/8wa3a-wrb90"),
    (
        identifiers.record,
        "https://zenodo.org/records/12?preview=1#x",
        "https://zenodo.org/records/12",
    ),
    (identifiers.record, "https://www.zenodo.org/record/12/", "https://zenodo.org/records/12"),
    (
        identifiers.record,
        "https://rdm.example/uploads/8wa3a-wrb90",
        "https://rdm.example/records/8wa3a-wrb90",
    ),
    (identifiers.record, "http://127.0.0.1:80/records/1", "http://127.0.0.1:80/records/1"),
    (identifiers.arxiv, "arXiv:2605.01234v3", "2605.01234"),
    (identifiers.arxiv, "https://arxiv.org/abs/0704.0001", "0704.0001"),
    (identifiers.arxiv, "hep-th/9901001v2", "hep-th/9901001"),
    (identifiers.arxiv, "math.GT/0309136", "math.GT/0309136"),
    (identifiers.source, "@data.x", "@data.x"),
    (identifiers.source, "hf:datasets/a/b", "hf:datasets/a/b"),
    (identifiers.source, "https://doi.org/10.5281/zenodo.1", "10.5281/zenodo.1"),
    (identifiers.model, "facebook/dinov2-large", "facebook/dinov2-large"),
    (licenses.spdx, "apache-2.0", "Apache-2.0"),
    (licenses.spdx, "mit or apache-2.0", "MIT OR Apache-2.0"),
    (licenses.spdx, "GPL-3.0", "GPL-3.0-only"),
    (licenses.spdx, "OpenMDW-1.0", "OpenMDW-1.0"),
    (
        licenses.spdx,
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ),
    (licenses.spdx, "hf:llama3.1", "hf:llama3.1"),
]
BAD = [
    (identifiers.orcid, "0000-0001-5109-3701"),
    (identifiers.orcid, "٠٠٠٠-0002-1825-0097"),
    (identifiers.orcid, ""),
    (identifiers.ror, "01ggx415l"),
    (identifiers.doi, "10.1/x"),
    (identifiers.doi, "10.5281/a b"),
    (identifiers.doi, "https://example.org/10.5281/x"),
    (identifiers.record, "123"),
    (identifiers.record, "https://zenodo.org/records/"),
    (identifiers.record, "https://zenodo.org/search?q=/records/1"),
    (identifiers.record, "https://u:p@zenodo.org/records/1"),
    (identifiers.record, "ftp://zenodo.org/records/1"),
    (identifiers.record, "https://doi.org/x"),
    (identifiers.arxiv, "1412.00001"),
    (identifiers.arxiv, "2600.00001"),
    (identifiers.source, "somewhere"),
    (identifiers.model, "a/b/c"),
    (identifiers.address, "javascript:alert(1)"),
    (identifiers.address, "https://"),
    (licenses.spdx, "MIT WITH Apache-2.0"),
    (licenses.spdx, "(" * 200),
    (licenses.spdx, ""),
    (licenses.spdx, "MIT AND"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "text", "wanted"), SOUND)
def test_every_usual_form_becomes_the_one_form(check, text, wanted):
    assert check(text) == wanted
    assert check(wanted) == wanted


@pytest.mark.parametrize(("check", "text"), BAD)
def test_a_wrong_identifier_is_refused(check, text):
    with pytest.raises(PydanticCustomError):
        check(text)


@given(st.integers(0, 10**15 - 1), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_in_an_orcid_is_always_seen(number, position, shift):
    body = f"{number:015d}"
    sound = next(o for d in "0123456789X" if (o := _accepted(body + d)))
    digits = sound.replace("-", "")
    other = str((int(digits[position]) + shift) % 10)

    assert not _accepted(digits[:position] + other + digits[position + 1 :])


def _accepted(text: str) -> str:
    try:
        return identifiers.orcid(text)
    except PydanticCustomError:
        return ""


@given(st.text(max_size=60))
def test_no_text_breaks_a_check(text):
    checks = [check for check, _, _ in SOUND]
    for check in dict.fromkeys(checks):
        with contextlib.suppress(PydanticCustomError):
            assert isinstance(check(text), str)


MIT = """MIT License

Copyright (c) 2026 Ada Lovelace

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction. The
above copyright notice and this permission notice shall be included in all copies.
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (MIT, "MIT"),
        (MIT + "Commons Clause License Condition v1.0", ""),
        (MIT + "And another thing. " * 200, ""),
        ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n", "GPL-3.0-only"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007\n", "LGPL-3.0-only"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007", "AGPL-3.0-only"),
        ("Mozilla Public License Version 2.0\n", "MPL-2.0"),
        ("Creative Commons Legal Code\n\nCC0 1.0 Universal\n", "CC0-1.0"),
        ("Attribution 4.0 International\n\n====", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", ""),
        ("Redistribution and use in source and binary forms, with or without modification, are"
         " permitted. Neither the name of", "BSD-3-Clause"),
        ("All rights reserved.", ""),
    ],
)  # fmt: skip
def test_a_licence_text_is_recognised_only_when_it_is_sure(text, wanted):
    assert licenses.recognised(text) == wanted
