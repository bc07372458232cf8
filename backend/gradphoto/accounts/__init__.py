"""Who somebody is and what they may do: `auth` (request -> Actor) and `policy` (one table, act x role)."""
