"""How sure a result is, and on what it rests.

`repeated` says what was repeated (draws or replicates) and turns counts of them into shares with intervals;
on it stand `ranks` (which scenario is first), `targets` (whether a target is met) and the equity-efficiency
plane. `spread` keeps chance and parameters apart. `figures` reads the uncertain figures that a run's manifest
holds, `tornado` says which of them matter, `conclusion` at which value a conclusion turns and on what grade
it rests. `detectable` says what a neighbourhood team's own monitoring could see, and by when.

What is noise, what is below a decision threshold and how many more replicates would settle it is said row by
row in `results.pairing`, with the means and intervals of `results.statistics` and the thresholds of
`results.thresholds`.
"""
