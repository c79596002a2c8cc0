"""The files of one `NACRE_HOME`, by name: the only place in `pipelines` that knows them."""

from dataclasses import dataclass
from pathlib import Path

from ingest.home import named_home


@dataclass(frozen=True)
class Home:
    """One installation's folder and what lies in it."""

    root: Path

    @property
    def build(self) -> Path:
        """The private build file: one writer, never opened by a reader."""
        return self.root / "build.duckdb"

    @property
    def rebuilt(self) -> Path:
        """The warehouse that `nacre rebuild` makes anew beside the live one."""
        return self.root / "rebuild.duckdb"

    @property
    def published(self) -> Path:
        """The read-only warehouse that analysts open."""
        return self.root / "warehouse.duckdb"

    @property
    def restricted(self) -> Path:
        """The same with people named in its views, for those who may see them; only where it is asked for."""
        return self.root / "warehouse_restricted.duckdb"

    @property
    def lock(self) -> Path:
        """Held by whoever has the build file open."""
        return self.root / "build.lock"

    @property
    def dev_lock(self) -> Path:
        """Held by `nacre dev`."""
        return self.root / "dev.lock"

    @property
    def event_names(self) -> Path:
        """Known event_names with their tables, readable without the build file's lock."""
        return self.root / "event_names.json"

    @property
    def publication(self) -> Path:
        """What the last publication was made by and whether it was complete."""
        return self.root / "publication.json"

    @property
    def references(self) -> tuple[Path, Path]:
        """Holidays and rates: the files that the operator keeps."""
        return self.root / "holidays.csv", self.root / "rates.csv"

    @property
    def dagster(self) -> Path:
        """The Dagster instance: runs, events, ticks."""
        return self.root / "dagster"

    @property
    def report(self) -> Path:
        """The page that `nacre report` and Dagster write and `nacre dev` serves."""
        return self.root / "report.html"

    @property
    def secret(self) -> Path:
        """The secret that `nacre demo` and `nacre dev` make where none is set."""
        return self.root / "secret"


def home_from_environment() -> Home:
    """Return the home that `NACRE_HOME` names (default `./data`). Raises SettingsError."""
    return Home(named_home())
