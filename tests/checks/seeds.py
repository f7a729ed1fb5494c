"""Secrets made up at run time: none of them was ever anybody's, and none stands in this file."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


class Mint:
    """The same secrets for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def of(self, alphabet: str, count: int) -> str:
        made = "".join(self._random.choices(alphabet, k=count - 3))
        return made + ("aZ7" if alphabet is LETTERS else "a07" if alphabet is HEX else "Z73")

    def web(self) -> str:
        """A signed web token (JWT)."""
        return ".".join(("ey" + "J" + self.of(LETTERS, 40), "eyJ" + self.of(LETTERS, 200), "x-_9"))

    def base64(self, count: int) -> str:
        return base64.b64encode(self._random.randbytes(count)).decode()

    def key(self, kind: str = "RSA ", lines: str = "\n") -> str:
        body = lines.join(self.base64(48) for _ in range(6))
        ends = [f"-----{word} {kind}PRIVATE" + " KEY-----" for word in ("BEGIN", "END")]
        return f"{ends[0]}{lines}{body}{lines}{ends[1]}{lines}"


Line = tuple[str, str]
"""A text as it stands in files, and the secret in it."""

_UPPER = string.ascii_uppercase + "234567"


def _in(text: str, make: Callable[[Mint], str]) -> Callable[[Mint], Line]:
    def made(mint: Mint) -> Line:
        secret = make(mint)
        return text.replace("@@", secret), secret

    return made


KINDS: dict[str, Callable[[Mint], Line]] = {
    "github": _in('TOKEN = "@@"', lambda m: "gh" + "p_" + m.of(LETTERS, 36)),
    "github_app": _in(
        "git clone https://x:@@@github.com/o/r", lambda m: "gh" + "s_" + m.of(LETTERS, 36)
    ),
    "github_fine": _in(
        "export GH_TOKEN=@@",
        lambda m: "github" + "_pat_" + m.of(LETTERS, 22) + "_" + m.of(LETTERS, 59),
    ),
    "github_app_long": _in(
        "git clone https://x:@@@github.com/o/r",
        lambda m: "gh" + f"s_{m.of('123456789', 7)[:4]}_" + m.web(),
    ),
    "hub": _in("login(token='@@')", lambda m: "h" + "f_" + m.of(LETTERS, 34)),
    "zenodo": _in('ZENODO_TOKEN: "@@"', lambda m: m.of(LETTERS, 60)),
    "zenodo_query": _in(
        "curl https://zenodo.org/api/deposit/depositions?access_token=@@",
        lambda m: m.of(LETTERS, 60),
    ),
    "aws_id": _in("aws_access_key_id = @@", lambda m: "AK" + "IA" + m.of(_UPPER, 16)),
    "aws_key": _in("aws_secret_access_key = @@", lambda m: m.of(LETTERS + "/+", 37) + "aZ7"),
    "aws_env": _in('os.environ["AWS_SECRET_ACCESS_KEY"] = "@@"', lambda m: m.of(LETTERS, 40)),
    "aws_session": _in("aws_session_token = @@", lambda m: m.base64(300)),
    "google_service": _in(
        '{"type": "service_account", "private_key": "@@"}', lambda m: m.key("", "\\n")
    ),
    "google_key": _in(
        "https://maps.example/api?key=@@&v=3", lambda m: "AI" + "za" + m.of(LETTERS, 35)
    ),
    "google_client": _in("secret: @@", lambda m: "GOC" + "SPX-" + m.of(LETTERS, 28)),
    "azure_storage": _in(
        "DefaultEndpointsProtocol=https;Account" + "Key=@@;EndpointSuffix=core.windows.net",
        lambda m: m.base64(64),
    ),
    "azure_client": _in("CLIENT='@@'", lambda m: m.of(LETTERS, 3) + "8Q" + "~" + m.of(LETTERS, 34)),
    "openai": _in("openai.api_key = '@@'", lambda m: "s" + "k-" + m.of(LETTERS, 48)),
    "openai_project": _in(
        "OPENAI_API_KEY=@@", lambda m: "s" + "k-proj-" + m.of(LETTERS, 60) + "_" + m.of(LETTERS, 40)
    ),
    "anthropic": _in("key: @@", lambda m: "s" + "k-ant-api03-" + m.of(LETTERS, 93) + "AA"),
    "slack": _in(
        "slack = WebClient('@@')",
        lambda m: "xo" + "xb-" + m.of(string.digits, 12) + "-" + m.of(LETTERS, 24),
    ),
    "slack_app": _in(
        "slack(@@)",
        lambda m: "xa" + f"pp-1-A{m.of(_UPPER, 10)}-{m.of(string.digits, 13)}-{m.of(HEX, 64)}",
    ),
    "slack_hook": _in(
        "url: https://hooks.slack" + ".com/services/@@",
        lambda m: f"T{m.of(_UPPER, 9)}/B{m.of(_UPPER, 9)}/{m.of(LETTERS, 24)}",
    ),
    "wandb": _in("WANDB_API_KEY=@@", lambda m: m.of(HEX, 40)),
    "wandb_call": _in('wandb.login(key="@@")', lambda m: m.of(HEX, 40)),
    "wandb_netrc": _in(
        "machine api.wandb.ai\n  login user\n  password @@\n", lambda m: m.of(HEX, 40)
    ),
    "kaggle": _in('{"username":"ada","key":"@@"}', lambda m: m.of(HEX, 32)),
    "kaggle_env": _in("os.environ['KAGGLE_KEY'] = '@@'", lambda m: m.of(HEX, 32)),
    "npm": _in("token=@@", lambda m: "np" + "m_" + m.of(LETTERS, 36)),
    "npm_basic": _in("//r/:_auth=@@", lambda m: m.base64(30)),
    "pypi": _in("password = @@", lambda m: "py" + "pi-AgEIcHlwaS5vcmc" + m.of(LETTERS, 120)),
    "header": _in("curl -H 'Authorization: Bearer @@'", lambda m: m.of(LETTERS, 60)),
    "netrc": _in("machine data.lab.org\n  login ada\n  password @@\n", lambda m: m.of(LETTERS, 20)),
    "rsa": _in("@@", lambda m: m.key()),
    "openssh": _in("@@", lambda m: m.key("OPENSSH ")),
    "python_key": _in('KEY = """@@"""', lambda m: m.key("EC ")),
    "password": _in('db_password = "@@"', lambda m: m.of(LETTERS, 20)),
    "api_key": _in("  api_key: '@@'", lambda m: m.of(LETTERS, 32)),
    "json_secret": _in('"client_secret": "@@",', lambda m: m.of(LETTERS, 28)),
    "address": _in("postgresql://ada:@@@db.lab.org/x", lambda m: m.of(LETTERS, 20)),
}
