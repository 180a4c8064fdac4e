"""The same actors on a real database: each statement waits for the scheduler, then runs alone, unless it waits for another's lock."""
