"""`python -m sandbox.demo`: everything on this machine, at one address. `--check`, `--parts`, `--reset`.

Imports of other packages wait until the installation was checked, so that a half-done one is explained and not a traceback.
"""

from __future__ import annotations

import sys

from sandbox.demo.check import problems

USAGE = """make demo                    start Gigwright with stand-ins for the outside world
make demo ARGS=--reset       the same, forgetting what the demo has stored
make demo ARGS=--check       say whether everything is installed
make demo ARGS=--parts       print which variable makes which part real (Markdown)

Ports: SANDBOX_PORT=8090 (the address to open), WEB_PORT=8000, SANDBOX_SMTP_PORT=8025. Data: DEMO_DIR=.gigwright/demo.
DEMO_LLM=offline starts it without any language model."""


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - {"--check", "--parts", "--reset"}
    if unknown:
        print(USAGE, file=sys.stdout if unknown <= {"-h", "--help"} else sys.stderr)
        return 0 if unknown <= {"-h", "--help"} else 2
    if found := problems():
        print("\n".join(found), file=sys.stderr)
        return 1
    if "--check" in arguments:
        print("Everything is installed.")
        return 0
    if "--parts" in arguments:
        from sandbox.demo.parts import markdown_table

        print(markdown_table())
        return 0
    from sandbox.demo.run import run

    return run(reset="--reset" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
