"""`python -m pubflow` is `pubflow`."""

from pubflow.cli import main

if __name__ == "__main__":
    main()
