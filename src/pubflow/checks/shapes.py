"""What secrets look like: one table, for the filter of what is printed and the scan of what leaves.

Pure and light, as every start of the program imports it. No quantifier is without a bound and no
two neighbours share a character set without one, so a hostile text costs linear time.

The forms are those that the makers describe (GitHub's "Behind GitHub's new authentication token
formats", 2021-04, and the pages on tokens of Hugging Face, AWS, Google Cloud, Azure, Slack, W&B,
Kaggle and the package registries), as known in 2026-11; they were not opened again one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Home = Literal["github", "hub", "zenodo", ""]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of secret. With a group, the group is the secret and the rest its surroundings."""

    name: str
    """As in `this looks like <name>`."""
    pattern: str
    """For text and bytes alike: ASCII only. A scan tries it where an anchor stands."""
    anchors: tuple[str, ...]
    """One of these begins every match; a scan looks for them first, as that is much faster."""
    page: str = ""
    """Where a person takes it back and makes a new one."""
    home: Home = ""
    """Which of our platforms it belongs to."""
    alone: bool = True
    """Recognised without its surroundings, so fit for taking it out of any text."""
    scanned: bool = True
    anycase: bool = False
    """Anchors are lower case and stand for every case."""
    mixed: bool = False
    """Random letters: without a digit and a capital it is a word that looks alike."""


_B = r"(?<![A-Za-z0-9])"
_E = r"(?![A-Za-z0-9])"
_IS = r"[\"']?\]?[ \t]{0,8}[:=]{1,2}[ \t]{0,8}[\"']?"

SHAPES = (
    Shape(
        "a token of GitHub",
        # Of an app since 2026-04: ghs_<number>_<signed web token>, about 520 characters; GitHub's
        # changelog, "Notice about upcoming new format for GitHub App installation tokens".
        _B + r"gh(?:s_[0-9]{1,20}_eyJ[A-Za-z0-9_.-]{16,2000}|[pousr]_[A-Za-z0-9]{16,255})",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        "https://github.com/settings/tokens",
        "github",
    ),
    Shape(
        "a fine-grained token of GitHub",
        _B + r"github_pat_[A-Za-z0-9_]{16,255}",
        ("github_pat_",),
        "https://github.com/settings/personal-access-tokens",
        "github",
    ),
    Shape(
        "a token of the Hugging Face Hub",
        _B + r"hf_(?:[A-Za-z0-9]{16,255}|(?:jwt|oauth)_[A-Za-z0-9._-]{16,2000})",
        ("hf_",),
        "https://huggingface.co/settings/tokens",
        "hub",
        mixed=True,
    ),
    Shape(  # As the Hub makes them for a user: letters and no digit.
        "a token of the Hugging Face Hub",
        _B + r"hf_(?=[A-Z]{0,33}[a-z])(?=[a-z]{0,33}[A-Z])[A-Za-z]{34}(?![A-Za-z0-9_])",
        ("hf_",),
        "https://huggingface.co/settings/tokens",
        "hub",
        alone=False,  # The shape above takes it out of any text.
    ),
    Shape(
        "an organisation's token of the Hugging Face Hub",
        _B + r"api_org_[A-Za-z]{34}" + _E,
        ("api_org_",),
        "https://huggingface.co/settings/tokens",
        "hub",
    ),
    Shape(
        "a token of Zenodo",
        r"zenodo[^\n]{0,80}?(?<![A-Za-z0-9/+=])([A-Za-z0-9]{60})(?![A-Za-z0-9/+=])",
        ("zenodo",),
        "https://zenodo.org/account/settings/applications/",
        "zenodo",
        alone=False,
        anycase=True,
        mixed=True,
    ),
    Shape(
        "an access token",
        r"access_token" + _IS + r"([A-Za-z0-9]{60})" + _E,
        ("access_token",),
        home="zenodo",
        alone=False,
        anycase=True,
        mixed=True,
    ),
    Shape(
        "a token of GitLab",
        _B + r"glpat-[A-Za-z0-9_-]{16,255}",
        ("glpat-",),
        "https://gitlab.com/-/user_settings/personal_access_tokens",
    ),
    Shape(
        "an access key of AWS",
        _B + r"(?:AKIA|ASIA)[0-9A-Z]{16}" + _E,
        ("AKIA", "ASIA"),
        "https://console.aws.amazon.com/iam/",
    ),
    Shape(
        "a secret key of AWS",
        r"aws_?(?:secret|session)?[A-Za-z_ -]{0,24}key(?:_id)?"
        + _IS
        + r"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        ("aws",),
        "https://console.aws.amazon.com/iam/",
        alone=False,
        anycase=True,
        mixed=True,
    ),
    Shape(
        "a session token of AWS",
        r"aws_?(?:session|security)_?token" + _IS + r"([A-Za-z0-9/+]{100,2000})",
        ("aws",),
        "https://console.aws.amazon.com/iam/",
        alone=False,
        anycase=True,
        mixed=True,
    ),
    Shape(
        "an API key of Google",
        _B + r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
        ("AIza",),
        "https://console.cloud.google.com/apis/credentials",
    ),
    Shape(
        "a client secret of Google",
        _B + r"GOCSPX-[A-Za-z0-9_-]{28}",
        ("GOCSPX-",),
        "https://console.cloud.google.com/apis/credentials",
    ),
    Shape(
        "an access token of Google",
        _B + r"ya29\.[A-Za-z0-9_-]{30,2000}",
        ("ya29.",),
        "https://myaccount.google.com/permissions",
    ),
    Shape(
        "a storage key of Azure",
        r"AccountKey=[A-Za-z0-9+/]{86}==",
        ("AccountKey=",),
        "https://portal.azure.com/",
    ),
    Shape(
        "a client secret of Azure",
        r"Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])",
        ("Q~",),
        "https://portal.azure.com/",
        mixed=True,
    ),
    Shape(
        "a signed address of Azure",
        r"[?&]sig=[A-Za-z0-9%+/]{40,120}(?:%3D|=)",
        ("&sig=", "?sig="),
        "https://portal.azure.com/",
    ),
    Shape(
        "a key of Anthropic",
        _B + r"sk-ant-[A-Za-z0-9_-]{24,255}",
        ("sk-ant-",),
        "https://console.anthropic.com/settings/keys",
    ),
    Shape(
        "a key of OpenAI",
        r"(?<![A-Za-z0-9_-])sk-(?=[a-z-]{0,40}[A-Z0-9])[A-Za-z0-9_-]{32,255}",
        ("sk-",),
        "https://platform.openai.com/api-keys",
        mixed=True,
    ),
    Shape(
        "a token of Slack",
        _B + r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}",
        ("xox", "xapp-"),
        "https://api.slack.com/apps",
    ),
    Shape(
        "a web hook of Slack",
        r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{24,120}",
        ("hooks.slack.com/",),
        "https://api.slack.com/apps",
    ),
    Shape(
        "a key of Weights & Biases",
        r"wandb(?:_v1_[A-Za-z0-9_]{40,200}|[^\n]{0,24}(?:key|password|login|token)[^\n]{0,12}?"
        r"[^A-Za-z0-9\n]([0-9a-f]{40})(?![A-Za-z0-9]))",
        ("wandb",),
        "https://wandb.ai/authorize",
        alone=False,
        anycase=True,
    ),
    Shape(
        "a key of Weights & Biases",
        r"api\.wandb\.ai\s{1,8}login\s{1,8}\S{1,40}\s{1,8}password\s{1,8}([0-9a-f]{40})" + _E,
        ("api.wandb.ai",),
        "https://wandb.ai/authorize",
        alone=False,
    ),
    Shape(
        "a token of Kaggle",
        _B + r"KGAT_[0-9a-f]{32}" + _E,
        ("KGAT_",),
        "https://www.kaggle.com/settings",
    ),
    Shape(
        "a key of Kaggle",
        r"kaggle_key" + _IS + r"([0-9a-f]{32})" + _E,
        ("kaggle_key",),
        "https://www.kaggle.com/settings",
        alone=False,
        anycase=True,
    ),
    Shape(
        "a key of Kaggle",
        r"\"username\"\s{0,8}:\s{0,8}\"[^\"\n]{1,60}\"\s{0,8},\s{0,8}\"key\"\s{0,8}:\s{0,8}"
        r"\"([0-9a-f]{32})\"",
        ('"username"',),
        "https://www.kaggle.com/settings",
        alone=False,
    ),
    Shape(
        "a token of npm",
        _B + r"npm_[A-Za-z0-9]{36}" + _E,
        ("npm_",),
    ),
    Shape(
        "a token of npm",
        r"_auth(?:Token)?=([A-Za-z0-9_+/-]{20,255})",
        ("_auth=", "_authToken="),
        alone=False,
    ),
    Shape(
        "a token of PyPI",
        _B + r"pypi-[A-Za-z0-9_-]{32,512}",
        ("pypi-",),
        mixed=True,
    ),
    Shape(
        "a key of Stripe",
        _B + r"[sr]k_live_[A-Za-z0-9]{20,255}",
        ("sk_live_", "rk_live_"),
        "https://dashboard.stripe.com/apikeys",
    ),
    Shape(
        "a private key",
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
        ("-----BEGIN ",),
    ),
    Shape(
        "a signed web token",
        r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}(?:\.[A-Za-z0-9_-]{0,1000})?",
        ("eyJ",),
        scanned=False,
    ),
    Shape(
        "a password",
        r"(?:passw(?:or)?d|passphrase|secret|token|api_?key|access_?key|private_?key|credential)"
        r"[A-Za-z0-9_]{0,20}" + _IS + r"(?<=[\"'=: \t])([^\s\"'`,;<>(){}\[\]]{12,128})"
        r"(?=[\"'\s,;]|$)",
        (
            "passw",
            "passphrase",
            "secret",
            "token",
            "apikey",
            "api_key",
            "access_key",
            "accesskey",
            "private_key",
            "credential",
        ),
        alone=False,
        anycase=True,
        mixed=True,
    ),
    Shape(
        "a token in a header",
        r"authorization" + _IS + r"(?:bearer|basic|token) {1,4}([A-Za-z0-9._~+/-]{20,2000})",
        ("authorization",),
        alone=False,
        anycase=True,
        mixed=True,
    ),
    Shape(  # As .netrc has it, and scripts that write one.
        "a password of .netrc",
        r"machine\s{1,8}\S{1,100}\s{1,8}login\s{1,8}\S{1,100}\s{1,8}password\s{1,8}"
        r"([^\s\"'$<>{}]{8,128})",
        ("machine",),
        alone=False,
        mixed=True,
    ),
    Shape(
        "a password in an address",
        r"://[^/\s:@\"'<>{}$]{1,64}:([^/\s:@\"'<>{}$]{8,100})@[A-Za-z0-9\[]",
        ("://",),
        alone=False,
        mixed=True,
    ),
)

PLAIN = re.compile("|".join(f"(?:{shape.pattern})" for shape in SHAPES if shape.alone))
"""Whatever is a secret wherever it stands."""

_ANCHORS = tuple(a for shape in SHAPES if shape.alone for a in shape.anchors)

_HOMES: tuple[tuple[Home, re.Pattern[str]], ...] = tuple(
    (home, re.compile("|".join(s.pattern for s in SHAPES if s.home == home and s.alone)))
    for home in ("github", "hub")
)


def without_secrets(text: str) -> str:
    """The text with `***` in the place of whatever looks like a secret."""
    # Nearly no text holds an anchor, and looking for these is ten times as fast.
    return PLAIN.sub("***", text) if any(anchor in text for anchor in _ANCHORS) else text


def home_of(text: str) -> Home:
    """The platform whose token the text holds, judging by its form alone; else empty."""
    return next((home for home, pattern in _HOMES if pattern.search(text)), "")
