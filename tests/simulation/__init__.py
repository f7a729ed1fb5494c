"""A whole release in one process: the real engine, plan, diffs, claim and registers, over platforms
that are played by the stand-ins' own logic without sockets. Deterministic, and fast.

What is real: `engine.release`, `make_plan`, the three platforms with `observe`, `diff` and `apply`,
`Claim` and its registers, the clients that read and translate answers (GitHub's and Zenodo's whole,
the Hub's refusals), git's leases. What stands in: the stand-ins of `pubflow.rehearsal`, asked in
process (`handle`); a store of git refs in memory; a clock; a journal and a receipt in memory;
documents and archives, made once by the real `Builder` for each set of addresses.

Words

- `Scenario`   what is released onto what: `SCENARIOS["first"]`, `"next"`, `"register"` (Zenodo and
               Hub, the claim on the Hub), `"alone"` (Zenodo only, no register), `"public"` (onto a
               public and empty repository on GitHub, and a public one with a file on the Hub),
               `"edit"` (metadata of a published version).
- `World`      everything outside of a run: the three platforms, git, the clock, and the computers
               (`world.homes[n].journal`, `.receipt`). `world.truth()` has the form of the
               stand-ins' `GET /world` ({"github": ..., "huggingface": ..., "zenodo": ...}, without
               their log: that is `world.history`); it is cheap, and not to be written to.
               `world.snapshot()` and `World.of(snapshot, lag)` copy and bring back.
- `Boundary`   a moment at which something durable may happen: `.index` (within its run, from 0),
               `.run`, `.sort` ("call": one request; "note": a write of the journal; "receipt"),
               `.platform`, `.method`, `.path`, `.change` (whether it can change the world),
               `.sends` (bytes of a file), `.says` (of a note), `.kinds` (the kinds of fault that
               make sense at it).
- `Fault`      `Fault(at, kind, run=0)`: `kind` happens at the boundary `at` of that run of its
               sitting. `KINDS` maps each kind to one sentence:
               killed            before it is sent (or written)
               killed-applied    after it was applied, before the answer (a note: after it was
                                 written)
               silent            no answer, nothing was applied
               silent-applied    no answer, though it was applied
               error             503, nothing was applied
               error-applied     503, though it was applied
               busy              429 with Retry-After, once
               refused           403, once
               expired           from here on the run's token is not accepted
               corrupted         one byte of the file changes on its way
               truncated         the file ends in the middle
               cut               the connection breaks in the middle of the file
               changed           a source file changes on this computer at this moment; it is put
                                 back at the end of the sitting
               moved             another person commits to the branch (GitHub; the Hub's main)
               foreign           another person's draft of the same title appears (Zenodo; GitHub)
               full              the journal cannot be written (notes only)
- `Sitting`    one or more runs at once: `Sitting(faults=(), runs=1, turns=(), homes=(), lost=(),
               until="publish", other=())`. `turns` is the schedule, ((run, boundaries), ...): so
               many boundaries of that run, then the next entry; when it is used up, the run whose
               turn it is goes on to its end, then the others in order. `homes`: the computer of
               each run (default 0, 1, ...). `lost`: what is gone before it begins ("journal",
               "receipt"), on all its computers. `until`: "reserve", "upload" or "publish".
               `other`: runs that release another manifest of the same version (one file differs).
- `Case`       `Case(scenario, sittings, lag=0)`: the sittings one after the other; `lag` is how
               many requests Zenodo's search and GitHub's list of releases are late. `str(case)` is
               its name and `Case.of(name)` the case again, for instance
               "first lag=8 | 12!killed-applied | -journal 0.3!busy".
               After the sittings an undisturbed run on computer 0 is made until one ends with 0,
               at most `RESUMES` times; then one more, which should change nothing.
- `Call`       one line of the history: `.n` (over all), `.sitting`, `.run`, `.index` (of the
               boundary), `.sort`, `.platform`, `.method`, `.path`, `.status` (None: no answer, or
               no call), `.applied` (it changed the world), `.fault`, `.at` (the clock), `.by`
               ("run", or "hand" for what another person did), `.sent` (bytes of a file that were
               taken), `.says` (a note: "intent <action>", "outcome <action>" or "claim"; with "not
               written: " before it if it was not; what is told of an action that failed for
               good: "failed <action>").
- `Outcome`    `.case`, `.world`, `.history` (tuple of Call), `.exits` (one `Exit` for each run that
               was begun: `.code` as of the command line, -9 for killed, `.error`, `.sitting`,
               `.run`, `.changes`, `.boundaries`, `.crash`: the traceback of anything that is no
               PubflowError, whose code is 70), `.resumes` (undisturbed runs that were needed),
               `.released` (the last of them ended with 0), `.counts` {"reads", "changes"},
               `.lines()` for people.

Calls

    play(case, watch=None, *, fresh=False) -> Outcome
        `watch(call, world)` is called after every call that changed the world (also by a hand) and
        after every note, before anything else happens: for what must hold at every instant. It must
        be a function of its arguments: what cases have in common is played once and judged once.
        `fresh` plays everything from the start.
    boundaries(scenario, lag=0, after=()) -> tuple[Boundary, ...]
        Those of one undisturbed run, after the sittings `after`.
    play(case, watch, doing=script)
        `script(run, project)` goes in place of pubflow, with the same faults. `Apis(run)` has
        `.github`, `.huggingface`, `.zenodo` (each a platform's `api.Api`), `.git("owner/name")`
        (a `platforms.github.push.Remote`); `run.note(says, write)` writes notes of its own on
        `run.computer`; `project.manifest` says what is to be released.

pubflow with a rule removed is played inside one's own context manager with `fresh=True`, or after
`forget()`, which empties all that is kept between cases. (`fresh` keeps the stand-ins' answers,
the documents and the offline checks of a target; nothing that is decided from what was seen.)

What is not here: history = "full" (git runs in the author's checkout), archives of many files, pull
requests on the Hub, xet, embargoes, communities; threads (`--jobs 1` only).
"""

from __future__ import annotations

from simulation.case import Case, Exit, Outcome, Sitting
from simulation.faults import KINDS, Boundary, Fault
from simulation.play import RESUMES, boundaries, forget, play
from simulation.project import DATA, MODEL, REPOSITORY, TITLE, Project
from simulation.pubflowed import Apis, Script
from simulation.run import Run
from simulation.scenarios import SCENARIOS, Scenario
from simulation.world import Call, Entry, Home, Snapshot, Watch, World

__all__ = [
    "DATA",
    "KINDS",
    "MODEL",
    "REPOSITORY",
    "RESUMES",
    "SCENARIOS",
    "TITLE",
    "Apis",
    "Boundary",
    "Call",
    "Case",
    "Entry",
    "Exit",
    "Fault",
    "Home",
    "Outcome",
    "Project",
    "Run",
    "Scenario",
    "Script",
    "Sitting",
    "Snapshot",
    "Watch",
    "World",
    "boundaries",
    "forget",
    "play",
]
