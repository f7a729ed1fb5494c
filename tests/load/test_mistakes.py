"""Each mistake in publish.toml is told at its line, with the likely fix. `# <-` marks the line."""

from __future__ import annotations

import pytest

MISTAKES = [
    # id, lines added, own lines left out, what the message holds
    ("unknown key", ["paper.titel = 'x' # <-"], (), ['"titel" in [paper]', '"title"']),
    ("unknown table", ["wieghts.w.path = 'd' # <-"], (), ['"wieghts"', '"weights"']),
    ("British key", ["data.d.licence = 'MIT' # <-"], ("data.d.license",), ['"license"']),
    ("key of elsewhere", ["tag = 'v1' # <-"], (), ["[release]"]),
    ("platform", ["data.d.zenodo.title = 'x' # <-"], (), ["stands in [data.d.target.zenodo]"]),
    ("place in list", ["data.d.targets.zenodo.title='x' # <-"], (), ["in [data.d.target.zenodo]"]),
    ("no likeness", ["data.d.zzzzqq = 1 # <-"], (), ["The keys here are"]),
    (
        "key in an author",
        ["[[paper.grants]]", "funder='f'", "nr=1 # <-", "number='1'"],
        (),
        ['"nr"'],
    ),
    ("text for list", ["paper.keywords = 'a' # <-"], (), ["a list", "brackets"]),
    ("number for text", ["paper.venue = 3 # <-"], (), ['"venue" is a number', "quotes"]),
    (
        "number in list",
        ["paper.keywords = [", "'a',", "3, # <-", "]"],
        (),
        ["An entry of keywords"],
    ),
    ("text for flag", ["targets.zenodo.sandbox = 'yes' # <-"], (), ["true or false"]),
    ("text for date", ["release.date = '2026-12-01' # <-"], (), ["a date", "without quotes"]),
    ("table for text", ["paper.venue = { a = 1 } # <-"], (), ["a table", "a text in quotes"]),
    ("list for table", ["data.e = [] # <-"], (), ['"e" is a list', "a table"]),
    ("wrong choice", ["paper.status = 'acepted' # <-"], (), ['"acepted"', '"accepted"']),
    ("no title", [], ("paper.title",), ['"title" is missing in [paper]']),
    ("no authors", [], ("paper.authors",), ["no authors", "Add to [paper]"]),
    ("no path", ["data.e.license = 'MIT' # <-"], (), ['"path" is missing in [data.e]']),
    (
        "ORCID digit",
        ["paper.authors = ['A B <0000-0002-1825-0098>'] # <-"],
        ("paper.authors",),
        ["check digit would be 7, not 8"],
    ),
    (
        "ORCID shape",
        ["paper.authors = [{ family='B', orcid='12' }] # <-"],
        ("paper.authors",),
        ['"12" is no ORCID iD'],
    ),
    (
        "ORCID twice",
        [
            "paper.authors = [",
            "'A B <0000-0002-1825-0097>',",
            "'C D <0000-0002-1825-0097>' # <-",
            "]",
        ],
        ("paper.authors",),
        ["two authors"],
    ),
    (
        "author without a name",
        ["paper.authors = ['<0000-0002-1825-0097>'] # <-"],
        ("paper.authors",),
        ["names no author"],
    ),
    (
        "author without family",
        ["paper.authors = [{ given = 'A' }] # <-"],
        ("paper.authors",),
        ["no family name"],
    ),
    (
        "person and organisation",
        ["paper.authors = [{ name = 'A', family = 'B' }] # <-"],
        ("paper.authors",),
        ["person or an organisation"],
    ),
    (
        "unknown affiliation",
        [
            "affiliations.cern.name='CERN'",
            "paper.authors = [{ family='B', affiliation='cren' }] # <-",
        ],
        ("paper.authors",),
        ['"cren" in [affiliations]', '"cern"'],
    ),
    (
        "role",
        ["paper.authors = [{ family='B', roles=['sofware'] }] # <-"],
        ("paper.authors",),
        ['"software"'],
    ),
    (
        "e-mail",
        ["paper.authors = [{ family='B', email='b at c' }] # <-"],
        ("paper.authors",),
        ["no e-mail address"],
    ),
    (
        "ROR digits",
        ["affiliations.c = { name='C', ror='https://ror.org/01ggx4158' } # <-"],
        (),
        ["would be 57, not 58"],
    ),
    ("ROR shape", ["affiliations.c = { name='C', ror='grid.9132.9' } # <-"], (), ["no ROR id"]),
    (
        "funder's ROR",
        ["paper.grants = [{ funder='https://ror.org/00k4n6c33', number='1' }] # <-"],
        (),
        ["32, not 33"],
    ),
    ("DOI", ["paper.doi = 'doi.org/x' # <-"], (), ["no DOI"]),
    ("arXiv month", ["paper.arxiv = '2613.01234' # <-"], (), ["no arXiv id"]),
    ("arXiv digits", ["paper.arxiv = '2605.1234' # <-"], (), ["five digits"]),
    ("address", ["paper.url = 'www.example.org' # <-"], (), ["https://"]),
    ("address with password", ["paper.url = 'https://u:pw@example.org' # <-"], (), ["password"]),
    ("SPDX", ["data.d.license = 'CC BY 4.0' # <-"], ("data.d.license",), ['"CC-BY-4.0"']),
    ("SPDX expression", ["data.d.license = 'MIT AND' # <-"], ("data.d.license",), ["no SPDX"]),
    ("Hub licence", ["data.d.license = 'hf:Llama 3' # <-"], ("data.d.license",), ["of the Hub"]),
    (
        "own licence without text",
        ["data.d.license = { name = 'x' } # <-"],
        ("data.d.license",),
        ["has no text", "file or url"],
    ),
    (
        "own licence without file",
        ["data.d.license = { name = 'x', file = 'L' } # <-"],
        ("data.d.license",),
        ['no "L"'],
    ),
    ("data without licence", [], ("data.d.license",), ["data.d has no licence", "CC-BY-4.0"]),
    ("weights without licence", ["weights.w.path = 'd' # <-"], (), ["weights.w has no licence"]),
    ("missing folder", ["data.d.path = 'dd' # <-"], ("data.d.path",), ['no "dd"', '"d"']),
    ("variable in path", ["data.d.path = '$HOME/d' # <-"], ("data.d.path",), ["no variables"]),
    ("absolute path", ["data.d.path = '/etc' # <-"], ("data.d.path",), ["absolute"]),
    ("drive", ["data.d.path = 'C:/d' # <-"], ("data.d.path",), ["absolute"]),
    ("parent", ["data.d.path = 'd/../../x' # <-"], ("data.d.path",), ['".."']),
    ("backslash", ["data.d.path = 'd\\x' # <-"], ("data.d.path",), ['Write "d/x"']),
    ("web path", ["data.d.path = 'https://x.org/d' # <-"], ("data.d.path",), ["Download"]),
    ("s3", ["data.d.path = 's3://b/d' # <-"], ("data.d.path",), ["not yet in this version"]),
    ("gs", ["data.d.path = 'gs://b/d' # <-"], ("data.d.path",), ["not yet in this version"]),
    ("empty folder", ["data.d.path = 'empty' # <-"], ("data.d.path",), ["holds no file"]),
    ("all excluded", ["data.d.exclude = ['*']"], (), ["holds no file", "`exclude`"]),
    ("missing card", ["data.d.card = 'c.md' # <-"], (), ['no "c.md"']),
    ("card is a folder", ["data.d.card = 'd' # <-"], (), ["is a folder"]),
    ("missing abstract", ["paper.abstract.file = 'a.md' # <-"], (), ['no "a.md"']),
    (
        "evaluation not JSON",
        ["weights.w = { path='d', license='MIT', evaluation='d/train.csv' } # <-"],
        (),
        ["not JSON"],
    ),
    ("split without file", ["data.d.splits.test = 'tset*' # <-"], (), ["would be empty"]),
    ("split's name", ["data.d.splits.my-test = 'train*' # <-"], (), ["name of a split"]),
    ("pattern leaves", ["data.d.exclude = ['../x'] # <-"], (), ["leaves"]),
    (
        "unknown reference",
        ["[weights.w]", "path='d'", "license='MIT'", "trained_on = [", "'@data.dd', # <-", "]"],
        (),
        ['"@data.dd"', '"@data.d"'],
    ),
    (
        "reference to itself",
        ["weights.w = { path='d', license='MIT', base_model='@weights.w' } # <-"],
        (),
        ["itself"],
    ),
    (
        "source",
        ["weights.w = { path='d', license='MIT', trained_on='imagenet' } # <-"],
        (),
        ["where it is"],
    ),
    (
        "base model",
        ["weights.w = { path='d', license='MIT', base_model='bert' } # <-"],
        (),
        ["owner/name"],
    ),
    (
        "relation alone",
        ["weights.w = { path='d', license='MIT', relation='merge' } # <-"],
        (),
        ["without base_model"],
    ),
    ("task", ["data.d.task = 'Image Segmentation' # <-"], (), ['"image-segmentation"']),
    ("language", ["data.d.language = 'English' # <-"], (), ["no language code"]),
    ("id", ["'data'.'a b' = { path = 'd', license = 'MIT' } # <-"], (), ['"a b" cannot be an id']),
    ("version", ["defaults.version = '1.0 beta' # <-"], ("defaults.version",), ["a version"]),
    ("no version", [], ("defaults.version",), ["version is not known", "[defaults]"]),
    ("own version", ["data.d.version = '2.0' # <-"], (), ["not yet in this version"]),
    ("tag", ["release.tag = 'v {version}' # <-"], (), ["git takes no tag"]),
    ("tag with dots", ["release.tag = 'v..{version}' # <-"], (), ["two dots"]),
    ("tag placeholder", ["release.tag = 'v{version}{date}' # <-"], (), ["{ or }"]),
    ("constant tag", ["release.tag = 'v1' # <-"], (), ["no {version}"]),
    ("acceptance", ["release.acceptance = 'openreview' # <-"], (), ["not yet in this version"]),
    ("acceptance by date", ["release.acceptance = 'date' # <-"], (), ["not yet in this version"]),
    ("platform", ["data.d.targets = ['zendo'] # <-"], (), ['"zendo"', '"zenodo"']),
    ("platform table", ["targets.hugingface.owner = 'x' # <-"], (), ['"huggingface"']),
    ("Kaggle", ["data.d.targets = ['kaggle', 'zenodo'] # <-"], (), ["not yet in this version"]),
    ("data to GitHub", ["data.d.targets = ['github'] # <-"], (), ["github takes code"]),
    ("no targets", ["data.d.targets = [] # <-"], (), ["released nowhere"]),
    ("target twice", ["data.d.targets = ['zenodo', 'zenodo'] # <-"], (), ["twice"]),
    (
        "one repository for two",
        ["data.e = { path='d', license='MIT', target.huggingface.repo = 'D' } # <-"],
        (),
        ["data.d and data.e both go to"],
    ),
    ("Hub name", ["data.d.target.huggingface.repo = 'o/a--b' # <-"], (), ["name on the Hub"]),
    ("Hub owner", ["targets.huggingface.owner = 'a b' # <-"], (), ["name on the Hub"]),
    (
        "GitHub name",
        ["code = { license='MIT', target.github.repo='o/r.git', history='snapshot' } # <-"],
        (),
        ["repository on GitHub"],
    ),
    ("GitHub repository unknown", ["code = { license='MIT' } # <-"], (), ["owner and name"]),
    (
        "history without git",
        ["code = { license='MIT', target.github.repo='o/r', history = 'full' } # <-"],
        (),
        ["no git checkout"],
    ),
    ("code without licence", ["code.targets = ['zenodo'] # <-"], (), ["code has no licence"]),
    (
        "sandbox and url",
        ["targets.zenodo.sandbox = true # <-", "targets.zenodo.url = 'https://zenodo.org'"],
        (),
        ["Keep one"],
    ),
    (
        "strange server",
        ["targets.zenodo.url = 'https://inv.example:8443/' # <-"],
        (),
        ["    --allow-host inv.example:8443"],
    ),
    ("readable server", ["targets.zenodo.url = 'http://zenodo.org' # <-"], (), ["readable"]),
    ("server with user", ["targets.github.url = 'https://u:pw@github.com' # <-"], (), ["@"]),
    (
        "integration without code",
        ["targets.zenodo.mode = 'integration' # <-"],
        (),
        ["no code of this release goes to both"],
    ),
    ("record", ["data.d.target.zenodo.record = '123' # <-"], (), ["no DOI", "/records/123"]),
    (
        "record's address",
        ["data.d.target.zenodo.record = 'https://zenodo.org/communities/x' # <-"],
        (),
        ["no address of a record's page"],
    ),
    (
        "one record for two",
        [
            "data.d.target.zenodo.record = '10.5281/zenodo.12'",
            "data.e.path = 'd'",
            "data.e.license = 'MIT'",
            "data.e.target.zenodo.record = 'https://zenodo.org/records/12' # <-",
        ],
        (),
        ["data.d and data.e both go to"],
    ),
    ("control character", ['paper.venue = "a\\u0007b" # <-'], (), ["U+0007"]),
    ("bidi character", ['data.d.title = "a\\u202Eb" # <-'], (), ["U+202E"]),
    ("line break in title", ['data.d.title = "a\\nb" # <-'], (), ["U+000A"]),
    ("empty title", ['data.d.title = " " # <-'], (), ["empty"]),
    ("newer format", ["schema = 2 # <-", "everything = 'new'"], ("schema",), ["format 2"]),
    ("no format", [], ("schema",), ["schema = 1"]),
    (
        "embargo without a day",
        ["data.d.embargo = { reason = 'r' } # <-"],
        (),
        ['"until" is missing'],
    ),
]


@pytest.mark.parametrize(
    ("lines", "without", "fragments"),
    [row[1:] for row in MISTAKES],
    ids=[row[0] for row in MISTAKES],
)
def test_a_mistake_is_told_once_at_its_line(folder, said, lines, without, fragments):
    (folder.root / "empty").mkdir()
    text = folder.sound_but(*lines, without=without)

    problems = folder.errors(text)

    assert len(problems) == 1, "\n".join(map(said, problems))
    for fragment in fragments:
        assert fragment in said(problems[0])
    marked = [n for n, line in enumerate(text.splitlines(), 1) if "# <-" in line]
    if marked:
        assert problems[0].where == f"publish.toml:{marked[0]}"
    assert problems[0].why


TEN = """\
schema = 1
[paper]
titel   = "T"
authors = ["Ada Lovelace <0000-0002-1825-0098>", "Chen Wei"]
doi     = "11.1/x"
status  = "acepted"
[defaults]
version = "1.0.0"
[affiliations]
u = { name = "U", ror = "https://ror.org/01ggx4158" }
[weights.w]
path       = "nowhere"
license    = "Apache 2.0"
trained_on = ["@data.e"]
[data.d]
path = "d"
task = 3
"""


def test_ten_mistakes_yield_ten_messages_in_the_order_of_their_lines(folder):
    problems = folder.errors(TEN)

    lines = [int(problem.where.removeprefix("publish.toml:")) for problem in problems]
    assert lines == [3, 4, 5, 6, 10, 12, 13, 14, 15, 17]


FILES = {
    "empty": (b"", "publish.toml:1", "empty"),
    "only blanks": (b"\n \n", "publish.toml:1", "empty"),
    "byte order mark": (b"\xef\xbb\xbfschema = 1\n", "publish.toml:1", "byte order mark"),
    "not UTF-8": (b"schema = 1\n# \xff\n", "publish.toml:2", "not UTF-8"),
    "syntax": (b"schema = 1\n[paper\n", "publish.toml:2", "closing sign"),
    "twice": (b"schema = 1\nschema = 1\n", "publish.toml:2", "given before"),
    "unclosed": (b"schema = 1\na = [1,\n", "publish.toml:2", "cannot be read further"),
    "too large": (b"#" * (1 << 20) + b"\n", "publish.toml", "1 MiB"),
    "too deep": (b"a = " + b"[" * 60_000, "publish.toml:1", "deeply"),
    "too many parts": (b"a" + b".a" * 300_000 + b" = 1\n", "publish.toml:1", "parts"),
    "huge number": (b"a = " + b"9" * 9000 + b"\n", "publish.toml:1", "digits"),
}


@pytest.mark.parametrize(("data", "where", "fragment"), FILES.values(), ids=list(FILES))
def test_a_file_that_cannot_be_read_is_told_in_our_words(folder, said, data, where, fragment):
    from pubflow.errors import Blocked
    from pubflow.load import load

    folder.file.write_bytes(data)

    with pytest.raises(Blocked) as caught:
        load(folder.file, env={})

    [problem] = caught.value.problems
    assert problem.where == where
    assert fragment in said(problem)


def test_without_git_that_is_told_and_not_what_only_follows_from_it(folder, monkeypatch):
    folder.write({".git/HEAD": "ref: refs/heads/main\n"})
    monkeypatch.setenv("PATH", "")
    text = folder.sound_but('code.license = "MIT"')

    assert [problem.what for problem in folder.errors(text)] == ["The git command was not found"]


def test_a_missing_file_says_how_to_start(tmp_path):
    from pubflow.errors import Blocked
    from pubflow.load import load

    with pytest.raises(Blocked) as caught:
        load(tmp_path / "publish.toml", env={})

    assert "schema = 1" in caught.value.problems[0].hint


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    from pubflow.errors import Blocked
    from pubflow.load import load

    with pytest.raises(Blocked) as caught:
        load(tmp_path, env={})

    assert "is a folder" in caught.value.problems[0].what
