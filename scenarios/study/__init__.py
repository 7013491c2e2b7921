"""What a study is asked: its language, designs, draws, when it has enough, and how it is watched.

`scenarios.studies.Study` puts them together: `language` is what a file may say, `checking` tells all that is
wrong with it, `design` and `drawing` give the points and draws, `plan` the units, `stopping` how many
replicates, `expected` what they would take, `headline` the measure that is watched, `watching`, `log` and
`status` show how far it is.
"""
