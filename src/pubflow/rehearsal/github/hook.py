"""What every push is held to: the pre-receive hook of all repositories (githooks(5))."""

from __future__ import annotations

FILE_MOST = 100 * 1024 * 1024
"""Bytes in one file of a push; GitHub refuses above 100 MB (docs, "About large files", 2026-11)."""

# GitHub's limits as git says them: GH001 is its number for a large file. `locked-tags` holds the
# references of immutable releases.
HOOK = f"""\
#!/bin/sh
refused=0
while read -r old new ref; do
    if [ -f "$GIT_DIR/locked-tags" ] && grep -qxF "$ref" "$GIT_DIR/locked-tags"; then
        echo "error: GH013: $ref belongs to an immutable release and cannot change." >&2
        refused=1
    fi
    if [ -f "$GIT_DIR/ruled-refs" ]; then
        while read -r pattern; do
            case "$ref" in $pattern)
                echo "error: GH013: Repository rule violations found for $ref." >&2
                refused=1 ;;
            esac
        done < "$GIT_DIR/ruled-refs"
    fi
    if [ -f "$GIT_DIR/protected-refs" ] && grep -qxF "$ref" "$GIT_DIR/protected-refs"; then
        echo "error: GH006: Protected branch update failed for $ref." >&2
        echo "error: Changes must be made through a pull request." >&2
        refused=1
    fi
    case "$new" in *[!0]*) ;; *) continue ;; esac
    if [ -f "$GIT_DIR/push-protection" ] && git rev-list --objects "$new" --not --all |
        cut -d' ' -f1 | git cat-file --batch | grep -aqE 'gh[pousr]_[0-9A-Za-z]{{36}}'; then
        echo "error: GH013: Repository rule violations found for $ref." >&2
        echo "error: - Push cannot contain secrets" >&2
        refused=1
    fi
    large=$(git rev-list --objects "$new" --not --all |
        git cat-file --batch-check='%(objecttype) %(objectsize) %(rest)' |
        awk '$1 == "blob" && $2 > {FILE_MOST} {{
            size = $2; $1 = $2 = ""; printf "%s is %.2f MB\\n", substr($0, 3), size / 1048576 }}')
    if [ -n "$large" ]; then
        echo "error: GH001: large files, see https://gh.io/lfs" >&2
        echo "$large" | sed 's/^/error: file /; s/$/; the limit is 100.00 MB/' >&2
        refused=1
    fi
done
exit $refused
"""
