"""What `workspace.yaml` points Dagster at."""

from pipelines.orchestration.location import build_definitions
from pipelines.settings import load_settings

defs = build_definitions(load_settings())
