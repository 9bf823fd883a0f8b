"""A linter for passes: says before a wallet does, and in words, what is wrong with one."""
