"""Where the data files are, and how their rows are read and written."""

import gzip
import json
import subprocess
from pathlib import Path


class Lacking(Exception):
    """Something that a line needs is not here; the sentence says how to get it."""


def find(options, file, fetched_as=None):
    """The data file of that name: below the folder that was named, else what `ra3 data fetch` brought."""
    below = sorted(options.data.rglob(file)) if options.data.is_dir() else []
    if below:
        return below[0].resolve()
    for source in fetched(options) if fetched_as else ():
        if source["name"] == fetched_as and source["path"]:
            return Path(source["path"])
    advice = f"`{options.ra3} data fetch {fetched_as}`, or name" if fetched_as else "name"
    raise Lacking(f"there is no {file} below {options.data}: {advice} its folder with --data or RA3_BENCH_DATA")


def fetched(options):
    """The data sets that `ra3` knows."""
    listed = subprocess.run([options.ra3, "data", "list", "--json"], stdout=subprocess.PIPE, check=True)
    return json.loads(listed.stdout)["data_sets"]


def read_rows(path):
    """The rows of a file of JSON lines."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def write_rows(path, rows):
    """Make a file of JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
