"""From the manifest and the links come all files by which a release is found and cited.

Everything here is pure: text in, text out; no clock, no network, no disk. The same input gives the
same bytes. User text is data: it is emitted, never pasted into a format.
"""
