"""The organiser API, `/api/v1`: everything that the console can do, for programs."""
