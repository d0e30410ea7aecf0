"""What drifted since a baseline: per function, in labels, in what pins say, in people's part.

`watch.watch` is the one call. Pure are `counting`, `drifting`, `words`, `two_samples`,
`comparing` and `verdict`.
"""
