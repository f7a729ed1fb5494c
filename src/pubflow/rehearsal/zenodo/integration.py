"""Zenodo's GitHub integration: a record of each release that a webhook tells of.

As invenio-github and zenodo-rdm have it (github/release.py, 2026-08; not recorded): metadata from
the release and the repository, one file with the source, the next version of the record that it
made last of the repository, and so a draft of the next version that is open already. Not played:
`.zenodo.json` and CITATION.cff in the tag, contributors, and the bytes of the source.
"""

from __future__ import annotations

import io
from typing import Any

from pubflow.rehearsal.wire import Blobs
from pubflow.rehearsal.zenodo import files, records
from pubflow.rehearsal.zenodo.instance import Instance

HOOK = "zenodo.org/api/hooks/receivers/github/events"


def receive(instance: Instance, address: str, event: dict[str, Any]) -> None:
    """Note an event that is for Zenodo; a release told of twice is taken once."""
    key = f"{event['repository']['full_name']} {event['release']['tag_name']}"
    if HOOK in address and key not in instance.state.hooked:
        instance.state.hooked[key] = ""
        instance.state.events.append((instance.clock() + instance.hook_takes, key, event))


def work(instance: Instance, blobs: Blobs) -> None:
    """Make the records whose time has come."""
    due = [one for one in instance.state.events if one[0] <= instance.clock()]
    instance.state.events = [one for one in instance.state.events if one not in due]
    for _, key, event in due:
        instance.state.hooked[key] = _record(instance, blobs, event)


def _record(instance: Instance, blobs: Blobs, event: dict[str, Any]) -> str:
    """The id of the record that is published."""
    name, release = str(event["repository"]["full_name"]), event["release"]
    tag, page = str(release["tag_name"]), f"https://github.com/{name}"
    body = {
        "metadata": {
            "resource_type": {"id": "software"},
            "title": f"{name}: {release['name'] or tag}",
            "description": f"<p>{release['body'] or 'No description.'}</p>",
            "creators": [
                {"person_or_org": {"type": "organizational", "name": name.partition("/")[0]}}
            ],
            "publication_date": instance.today(),
            "publisher": "Zenodo",
            "version": tag,
            "related_identifiers": [
                {
                    "identifier": f"{page}/tree/{tag}",
                    "scheme": "url",
                    "relation_type": {"id": "issupplementto"},
                    "resource_type": {"id": "software"},
                }
            ],
        },
        "custom_fields": {"code:codeRepository": page},
        "files": {"enabled": True},
    }
    earlier = [
        instance.state.records[number]
        for key, number in instance.state.hooked.items()
        if number and key.startswith(f"{name} ")
    ]
    if earlier:
        record, document, _ = records.new_version(instance, earlier[-1])
        records.update(instance, record, document, body)
    else:
        record, document, _ = records.create(instance, body)
    assert record.draft is not None
    source = f"{name}-{tag}.zip"
    for key in list(record.draft.files):
        files.remove(instance, record, record.draft, key)
    files.announce(instance, record, record.draft, [{"key": source}])
    entry = record.draft.files[source]
    files.store(instance, record, record.draft, entry, blobs.put(io.BytesIO(source.encode())))
    files.commit(instance, record, record.draft, entry, blobs)
    records.publish(instance, record, record.draft)
    return record.id
