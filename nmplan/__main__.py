"""Run nmplan with `python -m nmplan`, where there is no make."""

from nmplan.cli import main

main()
