"""`python -m realignment` is the console command."""

from realignment.cli import main

main()
