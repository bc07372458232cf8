"""What every package stands on. It knows nothing of photography.

a request   `guard` (at the door), `db` (one transaction), `errors` (a refusal and its code), `events` (what happened)
the machine `settings` (every variable), `security` (keys), `jobs`, `log`, `doctor`, `migrations`
processes   `confined`: readers of files from outside, one process a file; `confined_crew`: the same, but they stay;
            `crunch`: heavy computing; `process` and `launch`: what `gradphoto run` starts and ends
postgres*   the embedded PostgreSQL of `make run` and of the tests
"""
