"""How long judging took, and how much processor time, in a process that does more than judging."""

import json
import resource
import time
from pathlib import Path


class Stopwatch:
    """A context whose times are known once it is left."""

    def __enter__(self):
        self.cpu = processor_seconds()
        self.started = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.started
        self.cpu = processor_seconds() - self.cpu

    def report(self, out, verdicts):
        """Write the times and the verdicts, a [passed, detail] for each sample, to the file `out`."""
        report = {"seconds": self.seconds, "cpu_seconds": self.cpu, "verdicts": verdicts}
        Path(out).write_text(json.dumps(report))


def processor_seconds():
    """Processor time of this process and of all those it has waited for."""
    own, waited = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + waited.ru_utime + waited.ru_stime
