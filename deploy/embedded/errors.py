"""What can go wrong while starting, told together with the way out."""


class LaunchError(Exception):
    """A start that cannot go on.

    `problem` says what is wrong; `way_out` says what to do about it; `detail` may hold the tail of a log.
    """

    def __init__(self, problem: str, *, way_out: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.way_out = way_out
        self.detail = detail

    def __str__(self) -> str:
        parts = [self.problem, f"  What to do: {self.way_out}"]
        if self.detail:
            parts.append("\n".join(f"    | {line}" for line in self.detail.splitlines()))
        return "\n".join(parts)
