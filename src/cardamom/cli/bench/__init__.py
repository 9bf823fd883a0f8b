"""Measures the product on this machine: stamps and redemptions over HTTP against pgbench, in one run.

Promises ratios within one run, durable settings, and the full path (key check, idempotency, rules, hash chain, event).
Never part of a test: absolute figures belong to the machine they were measured on.
"""
