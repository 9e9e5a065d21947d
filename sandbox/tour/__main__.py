"""`python -m sandbox.tour [--lang en|uk|both] [--url http://127.0.0.1:8090]`: the main job from /start to /stats.

Without `--url` it starts a system of its own on free ports with empty data, and takes it away again.
Exit code 0 only if every step held.
"""

from __future__ import annotations

import argparse
import sys

from sandbox.demo.check import problems


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make tour ARGS=…", description="Walk the main job by itself.")
    parser.add_argument("--lang", choices=("en", "uk", "both"), default="en", help="the user's language")
    parser.add_argument("--url", help="the address of a demo that runs already")
    parser.add_argument("--keep", action="store_true", help="keep the data and logs of the tour's own system")
    given = parser.parse_args(arguments)
    if found := problems():
        print("\n".join(found), file=sys.stderr)
        return 1
    from sandbox.tour.run import run

    languages = ("en", "uk") if given.lang == "both" else (given.lang,)
    return run(languages=languages, url=given.url, keep=given.keep)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
