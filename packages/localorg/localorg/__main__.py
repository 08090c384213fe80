"""Run a local Salesforce-compatible org on one port, until Ctrl-C or SIGTERM: python -m localorg."""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import suppress
from pathlib import Path

from localorg.data.dataset import DataError
from localorg.data.load import GENERATED
from localorg.http.startup import make_server, open_instance
from localorg.schema.definition_format import SchemaError
from localorg.state.api_usage import API_LIMIT
from localorg.state.instance import Instance
from localorg.state.tokens import REFRESH_TOKEN, Credentials


def main() -> int:
    """Run the command; return 0 after a clean stop, 2 if the org cannot start."""
    options = _read_options()
    try:
        with suppress(KeyboardInterrupt):
            _run(options)
    except (DataError, SchemaError, OSError, UnicodeDecodeError) as fault:
        print(f"localorg cannot start: {fault}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    credentials = Credentials(
        key=options.key,
        secret=options.secret,
        username=options.username,
        public_key=options.public_key.read_text(encoding="utf-8") if options.public_key else None,
        rotates_refresh_tokens=options.rotate_refresh_tokens,
    )
    instance = open_instance(
        options.state,
        data=None if options.data == "none" else options.data,
        objects=options.objects,
        credentials=credentials,
        api_limit=options.api_limit,
        say=_say,
    )
    try:
        _serve(instance, options)
    finally:
        instance.org.close()


def _serve(instance: Instance, options: argparse.Namespace) -> None:
    # The server shuts down on a signal and then raises it again, so that SIGTERM ends in the same peace as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    certificates = None
    if options.tls is not None:
        from localorg.http.tls import prepare_certificates

        folder = options.state / "tls" if options.tls == Path() else options.tls
        certificates = prepare_certificates(folder, options.host)
    server, listener = make_server(instance, options.host, options.port, certificates)
    if certificates:
        _say(f"Clients trust the org by its CA: {certificates.ca}")
    _say(f"Consumer key '{options.key}', user {options.username}, refresh token '{REFRESH_TOKEN}'.")
    counts = ", ".join(f"{n:,} {name}" for name, n in sorted(instance.org.counts().items()) if n)
    scheme = "https" if certificates else "http"
    host = f"[{options.host}]" if ":" in options.host else options.host
    _say(f"localorg ready at {scheme}://{host}:{listener.getsockname()[1]} ({counts})")
    server.run(sockets=[listener])


def _read_options() -> argparse.Namespace:
    known = Credentials()
    parser = argparse.ArgumentParser(prog="python -m localorg", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for a free one, which the ready line names")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, default=Path(".localorg"), metavar="FOLDER", help="records and TLS files")
    parser.add_argument(
        "--data",
        default=GENERATED,
        metavar="FOLDER",
        help="CSV per object, JSON trees (a folder, or their plan) or a CumulusCI data set, loaded once; "
        "'generated' (default) or 'none'",
    )
    parser.add_argument("--objects", type=Path, metavar="FILE", help="YAML with more objects and fields")
    parser.add_argument(
        "--tls",
        nargs="?",
        const=Path(),
        type=Path,
        metavar="FOLDER",
        help="HTTPS; the certificate and the CA that clients trust are made in FOLDER (default: below the state)",
    )
    parser.add_argument("--key", default=known.key, help="consumer key (default: %(default)s)")
    parser.add_argument("--secret", default=known.secret, help="consumer secret (default: %(default)s)")
    parser.add_argument("--username", default=known.username, help="for password and JWT (default: %(default)s)")
    parser.add_argument("--public-key", type=Path, metavar="PEM", help="checks JWTs; any RS256 key without it")
    parser.add_argument(
        "--rotate-refresh-tokens",
        action="store_true",
        help="a refresh token is good for one use, which brings the next",
    )
    parser.add_argument("--api-limit", type=int, default=API_LIMIT, help="API calls in 24 hours (default: %(default)s)")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
