"""The reference product's apps, written as its team would write them.

They import nothing of the sandbox and know only environment variables, so they run unchanged in
staging and in production:

    departures → scorer → predictions → archiver → Parquet in the object store
                 │    └ model server (Open Inference Protocol)
                 └ feature server (Feast's HTTP API)
"""
