"""The folder of DAG files, whose parsers need not import what the DAG files import.

Airflow forks a process for each parse of a DAG file. Imports took 1.9 s of CPU in each, so that files could be parsed
every few minutes only, and a changed mapping file, which is none of Airflow's files, was seen as late. With the imports
made in the DAG processor itself a parse takes 0.02 s.
"""

from __future__ import annotations

from airflow.dag_processing.bundles.local import LocalDagBundle

from closedwon.orchestration.warm_imports import import_ahead, read_mapping_files

PARSED = (
    "closedwon.orchestration.dag_factory",
    "closedwon.orchestration.tasks.inbound",
    "closedwon.orchestration.tasks.mapping_files",
    "closedwon.orchestration.tasks.outbound",
    "closedwon.orchestration.tasks.projects",
)
"""Modules that the DAG files import."""


class WarmDagBundle(LocalDagBundle):
    """A local folder of DAG files; `[dag_processor] dag_bundle_config_list` names this class."""

    _is_warm = False

    def refresh(self) -> None:
        """Import what the DAG files import, once, and read the mapping files as they are now.

        Only the DAG processor calls this, before it forks the first parser and then at each refresh interval.
        """
        if not self._is_warm:
            import_ahead(PARSED)
            self._is_warm = True
        read_mapping_files()
