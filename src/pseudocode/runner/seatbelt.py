"""Profiles for macOS's sandbox-exec.

Written from what is known of other programs' profiles, and not yet tried on a Mac: it is used only
where the hostile probe finds that it holds. Nothing there ends who leaves the process group.
Apple calls the program deprecated, and has named no other for the purpose.
"""

from __future__ import annotations

from pseudocode.runner.confine import Rules

PROGRAM = "/usr/bin/sandbox-exec"

_ALWAYS = """\
(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow file-read-metadata)
(allow file-read* (literal "/"))
(allow file-read* file-write-data
  (literal "/dev/null") (literal "/dev/zero"))
(allow file-read* (literal "/dev/random") (literal "/dev/urandom"))
(allow file-read* file-map-executable
  (subpath "/usr/lib") (subpath "/System/Library") (subpath "/System/Cryptexes")
  (subpath "/private/var/db/dyld") (subpath "/Library/Apple/System/Library")
  (subpath "/usr/share/zoneinfo") (subpath "/usr/share/zoneinfo.default")
  (subpath "/private/var/db/timezone") (literal "/private/etc/localtime"))
"""
_NETWORK = """\
(allow network-outbound (remote ip))
(allow network-inbound (local ip))
(allow network-bind (local ip))
(allow system-socket)
(allow network-outbound (literal "/private/var/run/mDNSResponder"))
(allow mach-lookup (global-name "com.apple.trustd.agent"))
(allow file-read* (literal "/private/etc/hosts") (literal "/private/etc/resolv.conf")
  (subpath "/private/etc/ssl"))
"""


def command(worker: list[str], rules: Rules) -> list[str]:
    """The command line that runs the worker under its profile."""
    return [PROGRAM, "-p", profile(rules), *worker]


def profile(rules: Rules) -> str:
    """The rules in the words of sandbox-exec."""
    lines = [_ALWAYS]
    lines += [_rule("file-read* file-map-executable", path) for path in rules.library]
    lines += [_rule("file-read*", path) for path in rules.readable]
    lines += [_rule("process-exec file-read* file-map-executable", p) for p in rules.programs]
    lines.append(_rule("file-read* file-write*", rules.scratch))
    if rules.network:
        lines.append(_NETWORK)
    return "\n".join(lines)


def _rule(what: str, path: str) -> str:
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'(allow {what} (subpath "{quoted}"))'
