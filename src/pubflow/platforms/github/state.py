"""What GitHub showed us when we looked: plain values, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from pubflow.commit.cargo import Cargo
from pubflow.links import Link

PLAIN = "/+,=@"
"""What tags hold besides letters and digits, and a path may hold as well; RFC 3986, 3.3."""


@dataclass(frozen=True, slots=True)
class Asset:
    id: int
    name: str
    size: int = 0
    digest: str = ""
    """`sha256:<hex>`; empty where GitHub does not say (servers and assets older than 2025-06)."""
    state: str = "uploaded"
    """Anything but `uploaded` is the rest of an upload that broke off."""


@dataclass(frozen=True, slots=True)
class Release:
    id: int
    tag: str
    draft: bool = True
    prerelease: bool = False
    body: str = ""
    upload_url: str = ""
    assets: tuple[Asset, ...] = ()

    def asset(self, name: str) -> Asset | None:
        return next((asset for asset in self.assets if asset.name == name), None)

    def recalling(self, digests: Mapping[int, str]) -> Release:
        """With digests that we know by the assets' ids, where GitHub says none."""
        told = (replace(a, digest=a.digest or digests.get(a.id, "")) for a in self.assets)
        return replace(self, assets=tuple(told))


@dataclass(frozen=True, slots=True)
class Repository:
    id: int
    name: str
    """`owner/name` as GitHub spells it today; after a rename not what publish.toml says."""
    private: bool = True
    branch: str = "main"
    """The default branch, which an empty repository names too."""
    head: str = ""
    """Its commit; empty in an empty repository."""
    description: str = ""
    homepage: str = ""
    topics: tuple[str, ...] = ()
    archived: bool = False
    fork: bool = False
    license: str = ""
    """The SPDX id that GitHub reads out of the default branch; NOASSERTION for a text that it does
    not know, empty without one."""
    may_push: bool = True
    may_administer: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """What a token is, as far as it shows."""

    kind: str = ""
    """`classic` (OAuth's too), `fine-grained`, `workflow` (GITHUB_TOKEN in Actions, or that of an
    app's installation), or empty: not known."""
    scopes: frozenset[str] | None = None
    """Of a classic token; None where GitHub does not say, as for all others."""

    def has(self, scope: str) -> bool:
        """False only where it is known to lack the scope."""
        return self.scopes is None or scope in self.scopes

    def needs(self, permission: str) -> str:
        """What to give it, in the words of GitHub's page: `contents: write`, or a scope."""
        if self.kind == "classic":
            return "the scope " + ("workflow" if permission == "workflows" else "repo")
        return f"the permission {permission}: write"


def place(server: str, name: str) -> str:
    """By what the id of the repository of that name is remembered: a name can change hands."""
    return f"place.{server.partition('://')[2]}/{name}".lower()


LETS_NEW_TAGS = frozenset({"deletion", "update", "non_fast_forward"})
"""Rules of which a tag that is new breaks none."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Rules that are passed or not together."""

    rules: tuple[str, ...] | None = None
    """By GitHub's names; None where it does not say."""
    passed: bool = False
    """Whether the token's owner may pass them with a push."""

    @property
    def refuses(self) -> bool:
        """Whether a new tag may be refused by it."""
        known = self.rules is not None and LETS_NEW_TAGS.issuperset(self.rules)
        return not (self.passed or known)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a repository and decides whether a release will pass."""

    contents: bool = True
    """Whether the token may push, as git's own door says."""
    administration: bool = True
    immutable: bool = False
    """Whether published releases are locked for ever."""
    rules: tuple[str, ...] = ()
    """Rules that hold for a push to the branch, by GitHub's names, but those that the token's
    owner may pass."""
    protected: bool = False
    """Whether the branch has classic protection. What it asks for, only administrators see."""
    tag_rules: tuple[str, ...] = ()
    """Names of rulesets that may refuse a new tag, as this token's owner may not pass them."""
    hooks: tuple[str, ...] | None = ()
    """Addresses of the active webhooks; None where the token may not see them."""

    @property
    def zenodo(self) -> bool:
        """Whether Zenodo's own integration is switched on: it makes a record of each release."""
        return any("zenodo.org/" in address for address in self.hooks or ())


@dataclass(frozen=True, slots=True)
class Tag:
    commit: str
    object: str = ""
    """The id of the annotated tag; empty for a lightweight one."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The checkout, as far as it matters here."""

    head: str = ""
    """The commit that is checked out; empty outside of git."""
    branch: str = ""
    keeps_history: bool = False
    descends: bool = True
    """Whether the remote branch can move to our release commit without losing anything."""
    replaces: bool = False
    """Whether our release commit takes the place of an earlier one of ours, in a private branch."""
    shallow: bool = False
    """Whether the checkout's history ends where the remote's does not, so that it lacks commits."""
    unrelated: bool = False
    """Whether the remote has none of the commits that the checkout's history begins with."""
    tagged: str = ""
    """The id of a tag of the release's name in the checkout; empty where there is none."""
    news: int = 0
    """How many of our commits the remote does not have."""
    cargo: Cargo = field(default_factory=Cargo)
    """What is in the released tree and in those commits."""


@dataclass(frozen=True, slots=True)
class GitHubState:
    wanted: str
    """`owner/name` as publish.toml says."""
    server: str = "https://github.com"
    tag_name: str = ""
    repository: Repository | None = None
    tag: Tag | None = None
    ours: Ours = field(default_factory=Ours)
    begun: bool = False
    """Whether the claim was begun."""
    commits: tuple[str, ...] = ()
    """The release commits that the claim names, oldest first."""
    beside: tuple[str, ...] = ()
    """Refs of other things whose names get into the way of the tag's."""
    release: Release | None = None
    settled: bool = False
    """Whether `release` is the one that the claim names; without it we know it by its marker."""
    taken: bool = False
    """Whether a published release that is not ours stands at the tag."""
    strays: tuple[int, ...] = ()
    """Drafts with our marker that are not the claim's."""
    made: bool = False
    """Whether this release made the repository, as the claim or the journal says."""
    replaced: bool = False
    """Whether another repository had this name when something was released into it."""
    bare: bool = False
    """Whether it holds no branch, no tag, and no release but our drafts."""
    personal: bool = False
    """Whether the repository's owner is the token's, as far as that was asked."""
    token: Token = field(default_factory=Token)
    around: Around = field(default_factory=Around)
    looked: bool = True
    """False where nothing was asked: for a plan without a network."""
    fetched: str = ""
    """A bare repository with objects of the remote that the checkout lacks; empty for none."""

    @property
    def link(self) -> Link:
        """Known before the repository exists, as GitHub's addresses are made of names."""
        page = f"{self.server}/{self.wanted}"
        return Link(page, f"{page}/tree/{quote(self.tag_name, safe=PLAIN)}")

    @property
    def placed(self) -> Mapping[str, str]:
        """Which repository has the wanted name today, to be remembered."""
        return {self.place: str(self.repository.id)} if self.repository else {}

    @property
    def place(self) -> str:
        return place(self.server, self.wanted)

    @property
    def tag_is_ours(self) -> bool:
        return self.tag is not None and self.tag.commit in self.commits

    @property
    def head_is_ours(self) -> bool:
        """Whether the branch is at a commit that this release put there while it was private."""
        return self.repository is not None and self.repository.head in self.commits

    @property
    def tag_is_foreign(self) -> bool:
        """A tag from before the release: nothing in it moves, and nothing is pushed."""
        return self.tag is not None and not self.commits

    @property
    def facts(self) -> Mapping[str, str]:
        """What the build reads.

        `head`: the remote branch's commit. `branch`: where the release commit goes. `commit`: our
        tag's commit, once it is out. `tag`: the commit of a tag that was there before, and
        `tag_object` the annotated tag's id. `settled`: commits that the claim names, by spaces.
        `lend`: a bare repository to borrow from. Each is empty where there is none.
        """
        seen, tag = self.repository, self.tag
        branch = seen.branch if seen and seen.head else self.ours.branch
        return {
            "head": seen.head if seen else "",
            "branch": branch or (seen.branch if seen else "main"),
            "commit": tag.commit if tag and self.tag_is_ours else "",
            "tag": tag.commit if tag and self.tag_is_foreign else "",
            "tag_object": tag.object if tag else "",
            "settled": " ".join(self.commits),
            "lend": self.fetched,
        }
