"""Economics: what a comparison's runs cost, free, need in staff and emit, from their saved tables.

Every number is in a table of this folder with its source and grade. Reading order:

1. `activities`: how much of each activity a run holds, by provider (`activities.csv`, `providers.csv`);
2. `prices`: what one unit costs, full and marginal apart, in pounds of one year (`price_index.csv`);
3. `sums`: pounds by payer of one run, which attribution, solving and the report share (`sums.csv`);
4. `accounts`: pounds of a comparison by provider, payer or activity, paired; `money`: cash and capacity;
5. `gap`: do nothing against the allocation; `value`: return, QALYs and net benefit; `added`: induced demand,
   backfill and double running; `workload`: staff and carbon; `waterfall`: a combined scenario by its parts.
"""
